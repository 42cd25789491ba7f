import { parseJson } from "#core/json.ts";
import { connect, executionPath } from "../environment/client.ts";
import { exitCodes } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readJsonText } from "./json-text.ts";

export interface SignalOptions {
  readonly id?: string;
  readonly payload?: string;
}

interface Signal {
  readonly executionId: string;
  readonly name: string;
  readonly id: string;
}

/** Sends a signal to an execution. */
export const signal = async (
  { options, terminal }: Call<SignalOptions>,
  executionId: string,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const payload = parseJson((await readJsonText("--payload", options.payload)) ?? "null");
  const path = executionPath(executionId, "/signals");
  const sent = await client.post<Signal>(path, { name, id: options.id, payload });
  if (options.json === true) terminal.json(sent);
  else
    terminal.out(
      `${printable(sent.executionId)} has the signal ${printable(name)} (${printable(sent.id)})`,
    );
  return exitCodes.success;
};
