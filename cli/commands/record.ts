import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Json } from "#core/json.ts";
import { mapRunIn, type RecordedEnd, recordTest } from "#testing/record-test.ts";
import type { RecordedEvent } from "#testing/recording.ts";
import { type Client, connect, executionPath } from "../environment/client.ts";
import type { Execution } from "../environment/contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { findProcessFile, isTestFile } from "../testing/find-files.ts";
import { resultLines } from "../testing/result-lines.ts";
import { isPassed, runTestFiles } from "../testing/run-files.ts";
import { testText } from "../testing/test-text.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { eventsOf } from "./history.ts";

export interface RecordOptions {
  readonly to?: string;
}

const write = async (path: string, text: string): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new CommandFailed(
      isThere ? `${path} is there already` : `Cannot write ${path}: ${(error as Error).message}`,
      { next: "Name another file: --to NAME.test.yaml", cause: error },
    );
  }
};

const mapRunsOf = async (client: Client, events: readonly RecordedEvent[]) => {
  const ends = new Map<string, RecordedEnd>();
  for (const event of events) {
    const id = mapRunIn(event);
    if (id !== undefined) ends.set(id, await client.get<RecordedEnd>(executionPath(id)));
  }
  return ends;
};

const describedBy = async (client: Client, executionId: string) => {
  const execution = await client.get<Execution & { input: Json; output?: Json }>(
    executionPath(executionId),
  );
  if (!["SUCCEEDED", "FAILED", "TIMED_OUT"].includes(execution.status))
    throw new CommandFailed(
      `${executionId} is ${execution.status}: only an execution that came to its own end is a test`,
    );
  const events: RecordedEvent[] = [];
  for await (const event of eventsOf(client, executionId)) events.push(event as RecordedEvent);
  if (events.some(({ type }) => type === "ExecutionRedriven"))
    throw new CommandFailed(
      `${executionId} was redriven: a test runs from the start to the end and cannot do that`,
    );
  return { ...execution, events, mapRuns: await mapRunsOf(client, events) };
};

/** `--to` names a file, or a directory for one of the execution's name. */
const targetOf = async (to: string | undefined, name: string): Promise<string> => {
  if (to !== undefined && isTestFile(to)) return to;
  const isDirectory =
    to === undefined ||
    (await stat(to).then(
      (at) => at.isDirectory(),
      () => false,
    ));
  if (isDirectory) return join(to ?? ".", `${name}.test.yaml`);
  throw new CommandFailed(`${to} is neither a directory nor the name of a test file`, {
    next: "Write NAME.test.yaml",
  });
};

/** A test needs its process: the one beside it, else the version that was recorded. */
const writeProcess = async (
  client: Client,
  path: string,
  recorded: Pick<Execution, "process" | "version">,
) => {
  if ((await findProcessFile(path)) !== undefined) return;
  const { process, version } = recorded;
  const { document } = await client.get<{ document: string }>(
    `/v1/processes/${encodeURIComponent(process)}`,
    { version },
  );
  await write(join(dirname(path), "process.yaml"), document);
};

/** Writes an execution down as a test, and runs that. */
export const record = async (
  { options, terminal }: Call<RecordOptions>,
  executionId: string,
): Promise<number> => {
  const client = await connect(options);
  const execution = await describedBy(client, executionId);
  const path = await targetOf(options.to, execution.name);
  const { process, version, startedAt } = execution;
  const comment = `Recorded from ${printable(process)} version ${version}, ${startedAt}; what looked secret is ***.`;
  await write(path, testText(recordTest(execution), comment));
  await writeProcess(client, path, execution);
  const { results } = await runTestFiles([path], undefined);
  if (options.json === true)
    terminal.json({ file: path, passed: results.every(isPassed), tests: results });
  else {
    terminal.out(path);
    for (const result of results)
      for (const line of resultLines(result, terminal.paint)) terminal.out(line);
  }
  if (results.every(isPassed)) return exitCodes.success;
  terminal.note(
    "It does not go the same way again: correct the test by hand where it names what changes",
  );
  return exitCodes.executionFailed;
};
