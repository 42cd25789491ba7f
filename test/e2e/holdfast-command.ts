import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const bin = join(root, "cli/bin.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child process whose output is collected. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the output so far holds `text`; rejects if it ends without. */
  readonly shows: (text: string) => Promise<void>;
  readonly output: () => string;
}

interface Spawning {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What stands on standard input; `open` leaves it open for the test to write to. */
  readonly stdin?: string;
}

/** Starts a command and collects what it writes. */
export const execute = (
  command: string,
  commandArguments: readonly string[],
  { env = {}, cwd = root, stdin = "" }: Spawning = {},
): Running => {
  const inherited = { ...process.env };
  // What whoever runs the tests has set for a terminal of his own.
  for (const name of ["HOLDFAST_URL", "HOLDFAST_TOKEN", "NO_COLOR", "FORCE_COLOR", "CI"]) {
    delete inherited[name];
  }
  const child = spawn(command, commandArguments, { cwd, env: { ...inherited, ...env } });
  const written = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      written[name] += chunk;
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin.on("error", () => undefined);
  if (stdin !== "open") child.stdin.end(stdin);
  const output = (): string => written.stdout + written.stderr;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...written }));
  });
  const shows = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!output().includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      ended.then(() => reject(new Error(`ended without "${text}": ${output()}`)), reject);
      look();
    });
  return { child, ended, shows, output };
};

/** Starts the checkout's `holdfast` on the Node.js that runs the tests. */
export const holdfast = (commandArguments: readonly string[], options?: Spawning): Running =>
  execute(process.execPath, [bin, ...commandArguments], options);

/** Starts a server of the local environment and waits until it is ready. */
export const startEnvironment = async (data: string): Promise<Running> => {
  const server = holdfast(["start", "--port", "0", "--data", data]);
  await server.shows("Ready.");
  return server;
};
