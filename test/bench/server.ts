import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync } from "node:fs";
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
  readonly url: string;
  readonly pid: number;
  readonly client: Client;
  /** From the start of the process to its first answer. */
  readonly readyAfterMs: number;
  /** Ends it in a friendly way; the data directory stays. */
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  readonly nodeOptions?: readonly string[];
  readonly isJoining?: boolean;
  /** Another checkout of Holdfast, whose server is to be started; absent: this one. */
  readonly checkout?: string;
}

/** A new, empty data directory below `parent`. */
export const freshDirectory = (parent: string): string => mkdtempSync(join(parent, "data-"));

const ended = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

/** What the server says goes beside its directory, which must be its own. */
const logFile = (directory: string): string => `${directory}.log`;

interface Heartbeat {
  readonly pid: number;
  readonly url?: string;
}

/** What the servers of a directory say of themselves; only one that listens says where. */
const heartbeats = (directory: string): readonly Heartbeat[] => {
  const folder = join(directory, "servers");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
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
  earlier: ReadonlySet<number>,
): Promise<Pick<Server, "pid" | "url" | "client">> => {
  const deadline = performance.now() + READY_MS_MAX;
  while (performance.now() < deadline) {
    if (ended(child)) throw new Error(`the server ended with exit code ${child.exitCode}`);
    const found = heartbeats(directory).find(({ pid }) => !earlier.has(pid));
    if (found?.url !== undefined) {
      const token = readFileSync(join(directory, "admin.token"), "utf8").trim();
      const client = connect(found.url, token);
      if (await client.isHealthy()) return { pid: found.pid, url: found.url, client };
      await client.close();
    }
    await sleep(POLL_MS);
  }
  throw new Error(`the server gave no answer within ${READY_MS_MAX} ms`);
};

/** Starts a server on a data directory, or beside those that are there, and waits until it answers. */
export const startServer = async (
  directory: string,
  { nodeOptions = [], isJoining = false, checkout = repository }: ServerOptions = {},
): Promise<Server> => {
  const earlier = new Set(heartbeats(directory).map(({ pid }) => pid));
  const log = openSync(logFile(directory), "a");
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...nodeOptions,
      join(checkout, "cli/bin.js"),
      "start",
      isJoining ? "--join" : "--data",
      directory,
      "--port",
      "0",
    ],
    { cwd: checkout, stdio: ["ignore", "ignore", log] },
  );
  closeSync(log);
  const killWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const { pid, url, client } = await waitForAnswer(child, directory, earlier).catch((error) => {
    throw new Error(`${error.message}; it said:\n${readFileSync(logFile(directory), "utf8")}`);
  });
  const readyAfterMs = performance.now() - startedAt;
  const stop = async (): Promise<void> => {
    await client.close();
    await stopChild(child);
    process.off("exit", killWithUs);
  };
  return { directory, url, pid, client, readyAfterMs, stop };
};
