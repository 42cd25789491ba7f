import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect, executionPath, isPassing } from "../environment/client.ts";
import type { Execution } from "../environment/contract.ts";
import { ProblemAnswer } from "../environment/problem.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { retryPlanOf } from "../view/retry-plan.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { type DocumentFile, deployDocument, deployedText, readDocument } from "./document.ts";
import { readJson } from "./json-text.ts";
import { watch } from "./watch.ts";

export interface RunOptions {
  /** Name of a process that is deployed already. */
  readonly process?: string;
  readonly processVersion?: number;
  readonly alias?: string;
  readonly input?: string;
  readonly name?: string;
  readonly startPoint?: string;
  readonly tag?: Readonly<Record<string, string>>;
  readonly detach?: boolean;
}

/** How often a start is sent again when the environment goes away; the name makes it one execution. */
const startAttemptsMax = 5;
const startPauseMs = 500;

/** Sorts by time and is short enough to type; 32 random bits keep two of one second apart. */
const freshName = (): string =>
  `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}-${randomBytes(4).toString("hex")}`;

const start = async (client: Client, body: { name: string }): Promise<Execution> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.post<Execution>("/v1/executions", body);
    } catch (error) {
      if (attempt === startAttemptsMax || !isPassing(error)) throw error;
      await sleep(startPauseMs * attempt);
    }
  }
};

/** Of a version that was removed meanwhile, or that one may not read: nothing. */
const definitionOf = async (client: Client, { process, version }: Execution): Promise<unknown> => {
  const path = `/v1/processes/${encodeURIComponent(process)}`;
  try {
    return (await client.get<{ definition: unknown }>(path, { version })).definition;
  } catch (error) {
    const isHidden =
      error instanceof ProblemAnswer &&
      (error.code === "process-not-found" || error.code === "forbidden");
    if (isHidden) return undefined;
    throw error;
  }
};

/** What is to be started, and what is said of it. */
interface Startable {
  readonly process: string;
  readonly version?: number | undefined;
  readonly alias?: string | undefined;
  readonly said: string;
}

const startable = async (
  client: Client,
  { process, processVersion, alias }: RunOptions,
  file: DocumentFile | undefined,
): Promise<Startable> => {
  if (file === undefined)
    return { process: process ?? "", version: processVersion, alias, said: "" };
  const deployed = await deployDocument(client, file);
  return { process: deployed.name, version: deployed.version, said: deployedText(deployed) };
};

/** The document, unless a process is named; before anything is asked of the environment. */
const documentAt = async (
  path: string,
  { process, processVersion, alias }: RunOptions,
): Promise<DocumentFile | undefined> => {
  if (process !== undefined && path !== "")
    throw new CommandFailed("A document and --process name two processes", {
      next: "Give one of them",
    });
  if (process !== undefined) return undefined;
  if (path === "")
    throw new CommandFailed("What is to be run?", {
      next: "Name a process document, or a deployed process by --process NAME",
    });
  if (processVersion !== undefined || alias !== undefined)
    throw new CommandFailed("A document is run as the version that it is", {
      next: "Name a deployed process by --process NAME to choose a version",
    });
  return readDocument(path);
};

/** Deploys a document, or takes what is deployed, starts an execution of it and shows it until it has ended. */
export const run = async (
  { options, terminal }: Call<RunOptions>,
  path: string,
): Promise<number> => {
  const input = await readJson("--input", options.input);
  const file = await documentAt(path, options);
  const client = await connect(options);
  const { said, ...chosen } = await startable(client, options, file);
  const name = options.name ?? freshName();
  const { startPoint, tag: tags } = options;
  const body = { ...chosen, name, input, startPoint, tags };
  const execution = await start(client, body);
  const id = printable(execution.executionId);
  if (options.detach === true) {
    if (options.json === true) terminal.json(execution);
    else terminal.out(id);
    return exitCodes.success;
  }
  if (options.json !== true) {
    const what = said || `${execution.process} version ${execution.version}`;
    terminal.out(terminal.paint("bold", `${id}  ${terminal.paint("dim", what)}`));
  }
  const definition = await definitionOf(client, execution);
  return watch(execution.executionId, {
    call: { options, terminal },
    retryPlan: retryPlanOf(definition),
  });
};

/** Shows an execution that runs already, or has ended, as `run` does. */
export const attach = async (call: Call, executionId: string): Promise<number> => {
  const client = await connect(call.options);
  const execution = await client.get<Execution>(executionPath(executionId));
  const definition = await definitionOf(client, execution);
  return watch(execution.executionId, { call, retryPlan: retryPlanOf(definition) });
};
