import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, connect } from "./client.ts";

const repository = resolve(import.meta.dirname, "../..");
const READY_MS_MAX = 60_000;
const STOP_MS_MAX = 30_000;
const POLL_MS = 2;

/** A server of Holdfast in a process of its own. */
export interface Server {
  readonly directory: string;
  readonly pid: number;
  readonly client: Client;
  /** From the start of the process to its first answer. */
  readonly readyAfterMs: number;
  /** Ends it in a friendly way; the data directory stays. */
  readonly stop: () => Promise<void>;
}

/** A new, empty data directory below `parent`. */
export const freshDirectory = (parent: string): string => mkdtempSync(join(parent, "data-"));

const ended = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

/** What the server says goes beside its directory, which must be its own. */
const logFile = (directory: string): string => `${directory}.log`;

const readServerFile = (directory: string): string => {
  const path = join(directory, "server.json");
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd() : "";
};

/** What the new server wrote about itself: neither what an earlier one left behind nor half a file. */
const newServerFile = (
  directory: string,
  before: string,
): { readonly url: string; readonly pid: number } | undefined => {
  const text = readServerFile(directory);
  return text !== before && text.endsWith("}") ? JSON.parse(text) : undefined;
};

const stopChild = async (child: ChildProcess): Promise<void> => {
  if (ended(child)) return;
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  child.kill("SIGTERM");
  const inTime = await Promise.race([
    gone.then(() => true),
    sleep(STOP_MS_MAX, false, { ref: false }),
  ]);
  if (!inTime) child.kill("SIGKILL");
  await gone;
};

const waitForAnswer = async (
  child: ChildProcess,
  directory: string,
  before: string,
): Promise<{ readonly pid: number; readonly client: Client }> => {
  const deadline = performance.now() + READY_MS_MAX;
  while (performance.now() < deadline) {
    if (ended(child)) throw new Error(`the server ended with exit code ${child.exitCode}`);
    const found = newServerFile(directory, before);
    if (found !== undefined) {
      const token = readFileSync(join(directory, "admin.token"), "utf8").trim();
      const client = connect(found.url, token);
      if (await client.isHealthy()) return { pid: found.pid, client };
      await client.close();
    }
    await sleep(POLL_MS);
  }
  throw new Error(`the server gave no answer within ${READY_MS_MAX} ms`);
};

/** Starts a server on a data directory and waits until it answers. */
export const startServer = async (
  directory: string,
  nodeOptions: readonly string[] = [],
): Promise<Server> => {
  const before = readServerFile(directory);
  const log = openSync(logFile(directory), "a");
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [...nodeOptions, join(repository, "cli/bin.js"), "start", "--data", directory, "--port", "0"],
    { cwd: repository, stdio: ["ignore", "ignore", log] },
  );
  closeSync(log);
  const killWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const { pid, client } = await waitForAnswer(child, directory, before).catch((error) => {
    throw new Error(`${error.message}; it said:\n${readFileSync(logFile(directory), "utf8")}`);
  });
  const readyAfterMs = performance.now() - startedAt;
  const stop = async (): Promise<void> => {
    await client.close();
    await stopChild(child);
    process.off("exit", killWithUs);
  };
  return { directory, pid, client, readyAfterMs, stop };
};
