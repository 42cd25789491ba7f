import { connect, executionPath } from "../environment/client.ts";
import type { Execution } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";

/** Lets an execution go on that was set aside. */
export const release = async (
  { options, terminal }: Call,
  executionId: string,
): Promise<number> => {
  const client = await connect(options);
  const execution = await client.post<Execution>(executionPath(executionId, "/release"), undefined);
  if (options.json === true) terminal.json(execution);
  else terminal.out(`${printable(execution.executionId)} is released and goes on`);
  return exitCodes.success;
};
