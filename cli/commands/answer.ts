import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseJson } from "#core/json.ts";
import { connect } from "../environment/client.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readJsonText } from "./json-text.ts";

export interface AnswerOptions {
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly heartbeat?: boolean;
  readonly checkpoint?: string;
}

const readToken = async (given: string): Promise<string> => {
  if (given === "-") return (await text(process.stdin)).trim();
  if (!given.startsWith("@")) return given;
  try {
    return (await readFile(given.slice(1), "utf8")).trim();
  } catch (error) {
    throw new CommandFailed(`Cannot read the token: ${(error as Error).message}`, { cause: error });
  }
};

/** What is sent beside the token, where to, and how it is told. */
const answerOf = async ({ output, error, cause, heartbeat, checkpoint }: AnswerOptions) => {
  if (heartbeat === true || checkpoint !== undefined) {
    const saved = await readJsonText("--checkpoint", checkpoint);
    const fields = saved === undefined ? {} : { checkpoint: parseJson(saved) };
    return { kind: "heartbeat", done: "is alive", fields };
  }
  if (error !== undefined || cause !== undefined)
    return { kind: "failure", done: "has failed", fields: { error, cause } };
  const given = await readJsonText("--output", output);
  const fields = given === undefined ? {} : { output: parseJson(given) };
  return { kind: "success", done: "has succeeded", fields };
};

/** Answers a task token. */
export const answer = async (
  { options, terminal }: Call<AnswerOptions>,
  given: string,
): Promise<number> => {
  const { kind, done, fields } = await answerOf(options);
  const token = await readToken(given);
  const client = await connect(options);
  const answered = await client.post<{ executionId: string; state: string }>(
    `/v1/task-tokens/${kind}`,
    { token, ...fields },
  );
  if (options.json === true) terminal.json(answered);
  else terminal.out(printable(`${answered.state} of ${answered.executionId} ${done}`));
  return exitCodes.success;
};
