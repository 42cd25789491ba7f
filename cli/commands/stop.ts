import { connect, executionPath } from "../environment/client.ts";
import type { Execution } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { statusText } from "../view/outcome.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";

export interface StopOptions {
  readonly error?: string;
  readonly cause?: string;
}

/** Stops an execution that runs. */
export const stop = async (
  { options, terminal }: Call<StopOptions>,
  executionId: string,
): Promise<number> => {
  const client = await connect(options);
  const { error, cause } = options;
  const path = executionPath(executionId, "/stop");
  const execution = await client.post<Execution>(path, { error, cause });
  if (options.json === true) terminal.json(execution);
  else {
    const status = statusText(execution, terminal.paint);
    terminal.out(`${printable(execution.executionId)} is ${status}`);
  }
  return exitCodes.success;
};
