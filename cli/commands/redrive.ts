import { connect, executionPath } from "../environment/client.ts";
import type { Execution } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { statusText } from "../view/outcome.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";

/** Lets an execution that failed, timed out or was stopped go on where it stood. */
export const redrive = async (
  { options, terminal }: Call,
  executionId: string,
): Promise<number> => {
  const client = await connect(options);
  const execution = await client.post<Execution>(executionPath(executionId, "/redrive"), undefined);
  if (options.json === true) terminal.json(execution);
  else {
    const id = printable(execution.executionId);
    terminal.out(`${id} goes on: ${statusText(execution, terminal.paint)}`);
    if (execution.status === "RUNNING")
      terminal.out(`holdfast history ${id} --follow shows it live`);
  }
  return exitCodes.success;
};
