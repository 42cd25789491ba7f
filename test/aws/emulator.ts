/** MiniStack, an emulator of AWS in Python, in a virtual environment that is made once. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { accountId } from "./aws-call.ts";
import { region, repositoryRoot } from "./cdk-command.ts";

const version = "1.4.21";

/** Of programs that the tests need and that npm does not bring. */
export class MissingProgram extends Error {
  override readonly name = "MissingProgram";
}

const cache = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "holdfast-tests",
  `ministack-${version}`,
);

const succeed = (command: string, args: readonly string[]): void => {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
};

/** Throws {@link MissingProgram} where a program is not there; `args` make it tell its version. */
export const mustHave = (program: string, args: readonly string[], what: string): void => {
  if (spawnSync(program, args).status === 0) return;
  throw new MissingProgram(
    `${what} is needed and ${program} ${args.join(" ")} does not work: install it, and repeat`,
  );
};

/** The Python of the virtual environment with the emulator, made at the first call. */
export const emulatorPython = (): string => {
  const python = join(cache, "bin", "python");
  if (existsSync(python)) return python;
  mustHave(
    "python3",
    ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"],
    "Python 3.10 or later with venv",
  );
  const partial = `${cache}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  succeed("python3", ["-m", "venv", partial]);
  succeed(join(partial, "bin", "python"), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    `ministack==${version}`,
  ]);
  renameSync(partial, cache);
  return python;
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
};

const isReady = async (port: number): Promise<boolean> => {
  try {
    return (await fetch(`http://127.0.0.1:${port}/_ministack/health`)).ok;
  } catch {
    return false;
  }
};

export interface Emulator {
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface EmulatorOptions {
  /** Where clients find it: in the addresses of queues and APIs that it makes up. */
  readonly publicPort: number;
  /** Its files and those of the functions go here. */
  readonly directory: string;
  /** File that says by how many ms the functions' clock is ahead. */
  readonly clockFile: string;
}

const start = (
  port: number,
  { publicPort, directory, clockFile }: EmulatorOptions,
): ChildProcess => {
  const log = openSync(join(directory, "ministack.log"), "a");
  const clock = new URL("./shifted-clock.ts", import.meta.url).href;
  return spawn(
    emulatorPython(),
    ["-m", "hypercorn", "ministack.app:app", "--workers", "0", "--bind", `127.0.0.1:${port}`],
    {
      stdio: ["ignore", log, log],
      // A process group of its own, which ends with all the functions that it started.
      detached: true,
      env: {
        // Functions run on the Node.js that runs the tests: that of Lambda.
        PATH: [join(process.execPath, ".."), process.env["PATH"]].join(delimiter),
        HOME: directory,
        TMPDIR: directory,
        GATEWAY_PORT: String(publicPort),
        // The name that it gives its queues, or the SDK would warn of another address at each call.
        AWS_ENDPOINT_URL: `http://localhost:${publicPort}`,
        // By number, or the SDK would look for a host of the bucket's name.
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${publicPort}`,
        MINISTACK_REGION: region,
        MINISTACK_ACCOUNT_ID: accountId,
        // Lambda's runtime has the SDK in such a place.
        NODE_PATH: join(repositoryRoot, "node_modules"),
        NODE_OPTIONS: `--import=${clock}`,
        TEST_CLOCK_FILE: clockFile,
      },
    },
  );
};

/** Starts the emulator on a free port of the loopback address. */
export const startEmulator = async (options: EmulatorOptions): Promise<Emulator> => {
  const port = await freePort();
  const child = start(port, options);
  const { pid } = child;
  if (pid === undefined) throw new Error("Python did not start");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const killAll = (): void => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody is left.
    }
  };
  process.once("exit", killAll);
  for (let tries = 0; !(await isReady(port)); tries += 1) {
    if (child.exitCode !== null || tries > 300) {
      killAll();
      throw new Error(`MiniStack did not start; see ${join(options.directory, "ministack.log")}`);
    }
    await sleep(100);
  }
  return {
    port,
    close: async () => {
      killAll();
      await ended;
    },
  };
};
