import { createInterface } from "node:readline/promises";
import { type Client, connect, executionPath } from "../environment/client.ts";
import type { Execution, RestartPreview } from "../environment/contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { statusText } from "../view/outcome.ts";
import { restartText } from "../view/restart-text.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readJson } from "./json-text.ts";

export interface RestartOptions {
  readonly from?: string;
  readonly startPoint?: string;
  readonly event?: number;
  readonly input?: string;
  readonly processVersion?: number | "newest";
  readonly name?: string;
  readonly preview?: boolean;
  readonly yes?: boolean;
}

interface Wanted {
  readonly executionId: string;
  readonly body: object;
}

const previewOf = (client: Client, { executionId, body }: Wanted): Promise<RestartPreview> =>
  client.post(executionPath(executionId, "/restart"), { ...body, preview: true });

/** Asks whoever sits there; where nobody does, --yes has to say it. */
const isWanted = async (): Promise<boolean> => {
  if (process.stdin.isTTY !== true)
    throw new CommandFailed("Nobody is there to be asked whether this should run", {
      next: "Add --yes to restart it, or --preview to look only",
    });
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question("Restart it from there? [y/N] ")).trim());
  } finally {
    lines.close();
  }
};

/** A program that asks for JSON is shown the preview where that is what it asks for. */
const show = (preview: RestartPreview, { options, terminal }: Call<RestartOptions>): void => {
  if (options.json !== true) for (const line of restartText(preview, terminal)) terminal.out(line);
  else if (options.preview === true) terminal.json(preview);
};

const start = async (client: Client, { executionId, body }: Wanted): Promise<Execution> =>
  client.post<Execution>(executionPath(executionId, "/restart"), body);

const told = (execution: Execution, executionId: string, terminal: Terminal): void => {
  const id = printable(execution.executionId);
  const status = statusText(execution, terminal.paint);
  terminal.out(`${id} does ${printable(executionId)} again from there: ${status}`);
  if (execution.status === "RUNNING")
    terminal.out(`npx holdfast history ${id} --follow   shows it live`);
};

const bodyOf = async (options: RestartOptions): Promise<object> => {
  const { from: state, startPoint, event: eventId, processVersion: version, name } = options;
  if (state === undefined && startPoint === undefined && eventId === undefined)
    throw new CommandFailed("Nothing says from where", {
      next: [
        "Name a state with --from, a start point with --start-point or an event with --event",
        "npx holdfast history ID lists the states that it has entered",
      ],
    });
  const input = options.input === undefined ? undefined : await readJson("--input", options.input);
  return { from: { state, startPoint, eventId }, input, version, name };
};

/** Does an execution again from a point on, after showing what would run. */
export const restart = async (
  { options, terminal }: Call<RestartOptions>,
  executionId: string,
): Promise<number> => {
  const wanted = { executionId, body: await bodyOf(options) };
  const client = await connect(options);
  const isJson = options.json === true;
  if (options.preview === true || options.yes !== true)
    show(await previewOf(client, wanted), { options, terminal });
  if (options.preview === true) return exitCodes.success;
  if (options.yes !== true && !(await isWanted())) {
    terminal.note("Nothing was started.");
    return exitCodes.commandFailed;
  }
  const execution = await start(client, wanted);
  if (isJson) terminal.json(execution);
  else told(execution, executionId, terminal);
  return exitCodes.success;
};
