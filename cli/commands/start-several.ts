import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { waitAgesText } from "../arguments.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import type { Call } from "./call.ts";
import type { StartOptions } from "./start.ts";

/** First and longest pause before a server that died is started again. */
const restartMsMin = 200;
const restartMsMax = 10_000;
/** A server that has run for so long is restarted at once when it dies. */
const healthyMs = 30_000;

/** What a server says when it is ready, to people and to programs. */
const readyText = /Ready\.|"isReady":true/;

interface Several extends Call<StartOptions> {
  readonly count: number;
}

/** What a server of these is started with; whoever comes after the first joins. */
const commandLine = (
  { options }: Several,
  { index, name, isJoining }: { index: number; name: string; isJoining: boolean },
): readonly string[] => {
  const { data, host, port, environment, grace, waitAges } = options;
  const { tlsCert, tlsKey, allowOrigin = [] } = options;
  const own = port === 0 ? 0 : port + index;
  const tokenFile = options.tokenFile === undefined ? [] : ["--token-file", options.tokenFile];
  return [
    process.argv[1] ?? "",
    "start",
    "--one-of-several",
    ...(isJoining ? ["--join", data, ...tokenFile] : ["--data", data]),
    ...["--host", host, "--port", String(own), "--name", name, "--grace", String(grace)],
    ...(options.json === true ? ["--json"] : []),
    ...(waitAges === undefined ? [] : ["--wait-ages", waitAgesText(waitAges)]),
    ...(environment === undefined ? [] : ["--environment", environment]),
    ...(options.region === undefined ? [] : ["--region", options.region]),
    ...(options.account === undefined ? [] : ["--account", options.account]),
    ...(tlsCert === undefined ? [] : ["--tls-cert", tlsCert]),
    ...(tlsKey === undefined ? [] : ["--tls-key", tlsKey]),
    ...allowOrigin.flatMap((origin) => ["--allow-origin", origin]),
  ];
};

interface Ended {
  /** None where a signal ended it. */
  readonly code: number | null;
  readonly wasReady: boolean;
}

/** Keeps one server running until it ends by itself or is to end. */
class Keeper {
  readonly #start: (isJoining: boolean) => ChildProcess;
  readonly #terminal: Terminal;
  readonly #name: string;
  readonly #stop = new AbortController();
  #child: ChildProcess | undefined;

  constructor(name: string, terminal: Terminal, start: (isJoining: boolean) => ChildProcess) {
    this.#name = name;
    this.#terminal = terminal;
    this.#start = start;
  }

  /** Passes a signal on; nothing is started after it. */
  signal(signal: NodeJS.Signals): void {
    this.#stop.abort();
    this.#child?.kill(signal);
  }

  /** Resolves with the exit code when the server has ended and stays so. */
  async run(isFirst: boolean, ready: () => void): Promise<number> {
    let delayMs = restartMsMin;
    for (let isJoining = !isFirst; ; isJoining = true) {
      const startedAtMs = performance.now();
      const ended = await this.#once(isJoining, ready);
      const code = this.#finalCode(ended, isJoining);
      if (code !== undefined) return code;
      if (performance.now() - startedAtMs > healthyMs) delayMs = restartMsMin;
      this.#terminal.note(`${this.#name} has died and is started again in ${delayMs} ms.`);
      if (!(await this.#pause(delayMs))) return exitCodes.success;
      delayMs = Math.min(2 * delayMs, restartMsMax);
    }
  }

  /** The exit code of a server that is not to be started again. */
  #finalCode({ code, wasReady }: Ended, isJoining: boolean): number | undefined {
    // A signal may meet a server that is ending already.
    if (this.#stop.signal.aborted) return code ?? exitCodes.success;
    // What cannot start the environment at all will not do so the next time.
    if (!(isJoining || wasReady)) return code ?? exitCodes.commandFailed;
    return code === exitCodes.success ? code : undefined;
  }

  /** False: it is to end meanwhile. */
  #pause(delayMs: number): Promise<boolean> {
    const { signal } = this.#stop;
    return sleep(delayMs, true, { signal }).catch(() => false);
  }

  #once(isJoining: boolean, ready: () => void) {
    const child = this.#start(isJoining);
    this.#child = child;
    let wasReady = false;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#terminal.out(text.trimEnd());
      if (wasReady || !readyText.test(text)) return;
      wasReady = true;
      ready();
    });
    return new Promise<Ended>((ended) => {
      child.on("error", () => ended({ code: exitCodes.commandFailed, wasReady }));
      child.on("close", (code) => ended({ code, wasReady }));
    });
  }
}

/** Runs several servers on one data directory, restarts those that die, and passes signals on to all. */
export const runServers = async (several: Several): Promise<number> => {
  const { count, terminal, options } = several;
  const prefix = options.name ?? `server-${randomBytes(2).toString("hex")}`;
  const keepers = Array.from({ length: count }, (_, index) => {
    const name = `${prefix}-${index + 1}`;
    return new Keeper(name, terminal, (isJoining) =>
      spawn(process.execPath, commandLine(several, { index, name, isJoining }), {
        stdio: ["ignore", "pipe", "inherit"],
      }),
    );
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      for (const keeper of keepers) keeper.signal(signal);
    });
  const [first, ...others] = keepers;
  const running: Promise<number>[] = [];
  // The others join what the first has made.
  const firstCode = await new Promise<number | undefined>((resolve) => {
    if (first === undefined) return resolve(undefined);
    const ended = first.run(true, () => resolve(undefined));
    running.push(ended);
    ended.then(resolve, () => resolve(exitCodes.commandFailed));
  });
  if (firstCode !== undefined) return firstCode;
  running.push(...others.map((keeper) => keeper.run(false, () => undefined)));
  return Math.max(...(await Promise.all(running)));
};
