import { parseJson } from "#core/json.ts";
import { type Client, connect, executionPath } from "../environment/client.ts";
import type { Execution, Question } from "../environment/contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { statusText } from "../view/outcome.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readJsonText } from "./json-text.ts";

export interface ResolveOptions {
  readonly state?: string;
  readonly succeeded?: boolean;
  readonly retry?: boolean;
  readonly failed?: boolean;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

const choices = "--succeeded, --retry or --failed";

const bodyOf = async (options: ResolveOptions): Promise<object> => {
  const { succeeded, retry, failed, error, cause } = options;
  if ([succeeded, retry, failed].filter((given) => given === true).length !== 1)
    throw new CommandFailed("Nothing is said about what became of the activity", {
      next: `Give one of ${choices}`,
    });
  if (failed === true) return { resolution: "failed", error, cause };
  if (retry === true) return { resolution: "retry" };
  const output = await readJsonText("--output", options.output);
  return { resolution: "succeeded", ...(output !== undefined && { output: parseJson(output) }) };
};

const questionOf = async (
  client: Client,
  executionId: string,
  state: string | undefined,
): Promise<Question> => {
  const { questions = [] } = await client.get<Execution>(executionPath(executionId));
  const found = questions.filter((asked) => state === undefined || asked.state === state);
  const [question] = found;
  const id = printable(executionId);
  if (question === undefined)
    throw new CommandFailed(
      `${id} asks nothing${state === undefined ? "" : ` about ${printable(state)}`}`,
      { next: `npx holdfast show ${id} says what it waits for` },
    );
  const states = [...new Set(found.map((asked) => asked.state))];
  if (states.length > 1)
    throw new CommandFailed(`${id} asks about several states: ${printable(states.join(", "))}`, {
      next: "Say which one with --state NAME",
    });
  return question;
};

/** Says what became of an activity whose server was lost; of several in one state the one that waits longest. */
export const resolve = async (
  { options, terminal }: Call<ResolveOptions>,
  executionId: string,
): Promise<number> => {
  const body = await bodyOf(options);
  const client = await connect(options);
  const { activity, attempt, state } = await questionOf(client, executionId, options.state);
  const path = executionPath(executionId, `/activities/${encodeURIComponent(activity)}/resolve`);
  const execution = await client.post<Execution>(path, { ...body, attempt });
  if (options.json === true) terminal.json(execution);
  else {
    const status = statusText(execution, terminal.paint);
    const left = execution.questions?.length ?? 0;
    terminal.out(`${printable(state)} of ${printable(executionId)} is answered: ${status}`);
    if (left > 0)
      terminal.out(`${left} more to answer: npx holdfast show ${printable(executionId)}`);
  }
  return exitCodes.success;
};
