/**
 * Real servers on one data directory, killed and frozen at seeded moments while they run executions with
 * side effects. What must hold: every execution that was acknowledged ends, nothing runs twice that may
 * not, and what a server had in hand when it went is taken over soon.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogRecord } from "#core/execution/record.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";

const serverProgram = resolve(import.meta.dirname, "../e2e/fixtures/server.ts");

export interface ChaosOptions {
  readonly seed: number;
  readonly serverCount: number;
  readonly executionCount: number;
  /** How long servers are killed and frozen, s. */
  readonly seconds: number;
  readonly killEveryMs: number;
  /** How long a server is frozen, and after how many kills the next one is. */
  readonly freezeMs: number;
  readonly killsBetweenFreezes: number;
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly executions: number;
  readonly kills: number;
  readonly freezes: number;
  /** Executions that ended as interrupted, as their process says. */
  readonly interrupted: number;
  readonly lateResults: number;
  /** From the moment a server went until what it had in hand was taken over, ms. */
  readonly takeovers: Spread;
  /** The same, without the time in which there was nobody to take it over. */
  readonly attendedTakeovers: Spread;
  /** What should not be; empty: all is well. */
  readonly violations: readonly string[];
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Answers each request with a number, after up to a second, and counts those of each path. */
const counterService = async (seed: number) => {
  const { fraction } = seededEntropy(seed);
  const counts = new Map<string, number>();
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url ?? "/";
    counts.set(path, (counts.get(path) ?? 0) + 1);
    count += 1;
    const number = count;
    setTimeout(() => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ number }));
    }, 1_000 * fraction());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    counts,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const marks = ["One", "Two", "Three"] as const;

/** Lines that may not be written twice and a call that may not be made twice, between calls that may be repeated and a wait. */
const definitionOf = (url: string) => {
  const line = (mark: string, next: string) => ({
    Type: "Task",
    Resource: "holdfast:file:append",
    Arguments: { path: "lines.txt", line: `{% $states.context.Execution.Name & ' ${mark}' %}` },
    Orchestration: { OnInterrupted: "fail" },
    Catch: [{ ErrorEquals: ["Holdfast.Interrupted"], Next: "Interrupted" }],
    Next: next,
  });
  const call = (next: string) => ({
    Type: "Task",
    Resource: "holdfast:http:request",
    Arguments: { method: "POST", url, json: {}, restartable: true },
    Next: next,
  });
  const once = (next: string) => ({
    Type: "Task",
    Resource: "holdfast:http:request",
    Arguments: {
      method: "POST",
      url: `{% '${url}once/' & $states.context.Execution.Name %}`,
      json: {},
      idempotencyKey: false,
    },
    Orchestration: { OnInterrupted: "fail" },
    Catch: [{ ErrorEquals: ["Holdfast.Interrupted"], Next: "Interrupted" }],
    Next: next,
  });
  return {
    QueryLanguage: "JSONata",
    StartAt: "One",
    States: {
      One: line("One", "CallOne"),
      CallOne: call("Two"),
      Two: line("Two", "Rest"),
      Rest: { Type: "Wait", Seconds: 1, Next: "CallTwo" },
      CallTwo: call("Once"),
      Once: once("Three"),
      Three: line("Three", "CallThree"),
      CallThree: call("Done"),
      Done: { Type: "Succeed", Output: "done" },
      Interrupted: { Type: "Succeed", Output: "interrupted" },
    },
  };
};

/** A server that is started again whenever it dies, until all is over. */
class Kept {
  readonly name: string;
  readonly #directory: string;
  child: ChildProcess | undefined;
  url: string | undefined;
  isFrozen = false;
  #isOver = false;
  /** When it was killed or frozen, epoch ms. */
  readonly wentAtMs: number[] = [];
  /** When it answered for the first time, and when it went on after it was frozen. */
  readonly cameAtMs: number[] = [];

  constructor(name: string, directory: string) {
    this.name = name;
    this.#directory = directory;
  }

  /** Resolves when it answers for the first time. */
  async start(isJoining: boolean): Promise<void> {
    const options = { name: this.name, isJoining, log: undefined };
    const child = spawn(
      process.execPath,
      [serverProgram, this.#directory, JSON.stringify(options)],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    this.child = child;
    child.once("exit", () => {
      this.url = undefined;
      this.isFrozen = false;
      if (!this.#isOver) void this.start(true);
    });
    this.url = await new Promise<string | undefined>((started) => {
      createInterface(child.stdout).once("line", started);
      child.once("exit", () => started(undefined));
    });
    this.cameAtMs.push(Date.now());
  }

  /** Whether it worked at an instant, as far as this program knows. */
  wasUpAt(atMs: number): boolean {
    const came = this.cameAtMs.findLast((at) => at <= atMs);
    const went = this.wentAtMs.findLast((at) => at <= atMs);
    return came !== undefined && (went === undefined || went < came);
  }

  kill(): void {
    this.wentAtMs.push(Date.now());
    this.child?.kill("SIGKILL");
  }

  freeze(): void {
    this.isFrozen = true;
    this.wentAtMs.push(Date.now());
    this.child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.isFrozen = false;
    this.cameAtMs.push(Date.now());
    this.child?.kill("SIGCONT");
  }

  end(): Promise<unknown> {
    this.#isOver = true;
    const gone = new Promise((resolve) => this.child?.once("exit", resolve));
    this.child?.kill("SIGKILL");
    return gone;
  }
}

interface Environment {
  readonly directory: string;
  readonly servers: readonly Kept[];
  readonly fraction: () => number;
  /** How often the service was asked, by path. */
  readonly counts: ReadonlyMap<string, number>;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked at field by field
  readonly body: any;
}

/** Asks one server; nothing if it is killed, frozen or just gone meanwhile, or short of something. */
const askOne = async (url: string, init: RequestInit): Promise<Answer | undefined> => {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) });
    if (answer.status >= 500) return undefined;
    return { status: answer.status, body: await answer.json() };
  } catch {
    return undefined;
  }
};

/** Asks any server that lives; again, until one answers. */
const ask = async (
  { directory, servers, fraction }: Environment,
  path: string,
  body?: unknown,
): Promise<Answer> => {
  const token = readFileSync(join(directory, "admin.token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  for (;;) {
    const up = servers.filter(({ url, isFrozen }) => url !== undefined && !isFrozen);
    const { url } = up[Math.floor(up.length * fraction())] ?? {};
    const answer = url === undefined ? undefined : await askOne(url + path, { headers, ...init });
    if (answer !== undefined) return answer;
    await sleep(50);
  }
};

/** Kills a server again and again, and freezes one now and then; answers how often. */
const strike = async (options: ChaosOptions, { servers, fraction }: Environment) => {
  const untilMs = performance.now() + options.seconds * 1_000;
  let kills = 0;
  let freezes = 0;
  const thaws: Promise<void>[] = [];
  while (performance.now() < untilMs) {
    await sleep(options.killEveryMs * (0.5 + fraction()));
    const awake = servers.filter(({ isFrozen, url }) => !isFrozen && url !== undefined);
    const victim = awake[Math.floor(awake.length * fraction())];
    if (victim === undefined) continue;
    const mayFreeze = servers.every(({ isFrozen }) => !isFrozen);
    if (mayFreeze && kills >= (freezes + 1) * options.killsBetweenFreezes) {
      victim.freeze();
      freezes += 1;
      const { child } = victim;
      thaws.push(
        sleep(options.freezeMs).then(() => {
          if (victim.child === child) victim.thaw();
        }),
      );
    } else {
      victim.kill();
      kills += 1;
    }
  }
  await Promise.all(thaws);
  return { kills, freezes };
};

/** Starts executions while servers die; answers the names that were acknowledged. */
const startAll = async (options: ChaosOptions, environment: Environment) => {
  const acknowledged = new Set<string>();
  const { executionCount, seconds } = options;
  const beganAtMs = performance.now();
  const starter = async (from: number) => {
    for (let index = from; index < executionCount; index += 4) {
      const body = { process: "chaos", name: `n${index}`, input: { index } };
      const { status } = await ask(environment, "/v1/executions", body);
      if (status === 200 || status === 201) acknowledged.add(body.name);
      else throw new Error(`a start was answered with ${status}`);
      // Spread over all the kills.
      const dueMs = beganAtMs + (900 * seconds * index) / executionCount;
      await sleep(Math.max(0, dueMs - performance.now()));
    }
  };
  await Promise.all([0, 1, 2, 3].map(starter));
  return acknowledged;
};

const recordsIn = (directory: string): readonly LogRecord[] => {
  const database = new DatabaseSync(join(directory, "holdfast.db"), { readOnly: true });
  const rows = database.prepare("SELECT body FROM records").all();
  database.close();
  return rows.map(({ body }) => JSON.parse(String(body)));
};

/** When the server of each interrupted turn went, and when it was taken over. */
const takeoversIn = (records: readonly LogRecord[], servers: readonly Kept[]) => {
  const found: { readonly wentAtMs: number; readonly atMs: number }[] = [];
  for (const { facts, atMs } of records)
    for (const fact of facts) {
      if (fact.kind !== "TakenOver") continue;
      const server = servers.find(({ name }) => fact.fromTurn.startsWith(`${name}-`));
      const wentAtMs = server?.wentAtMs.findLast((went) => went <= atMs);
      if (wentAtMs !== undefined) found.push({ wentAtMs, atMs });
    }
  return found;
};

/** For how much of a time any server was up, ms; looked at every 10 ms. */
const attendedMs = (
  servers: readonly Kept[],
  { wentAtMs, atMs }: { readonly wentAtMs: number; readonly atMs: number },
): number => {
  let sumMs = 0;
  for (let at = wentAtMs; at < atMs; at += 10)
    if (servers.some((server) => server.wasUpAt(at))) sumMs += 10;
  return sumMs;
};

const spreadOf = (times: readonly number[]): Spread => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
};

interface Ended {
  readonly name: string;
  readonly status: string;
  readonly output?: unknown;
  readonly error?: string;
  readonly waitingFor?: object;
}

const linesIn = (directory: string): readonly string[] => {
  const path = join(directory, "files/lines.txt");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
};

/** What an execution has done that it should not have, or not done that it should. */
const violationsOf = (ended: Ended, written: ReadonlySet<string>) => {
  const { name, status, output, error, waitingFor } = ended;
  const done = marks.filter((mark) => written.has(`${name} ${mark}`));
  if (status !== "SUCCEEDED")
    return [`${name} is ${status} ${error ?? JSON.stringify(waitingFor) ?? ""}`];
  if (output === "interrupted") return [];
  return output === "done" && done.length === marks.length
    ? []
    : [`${name} ended with ${JSON.stringify(output)} and wrote ${done.join(", ")}`];
};

const judge = (
  acknowledged: ReadonlySet<string>,
  executions: readonly Ended[],
  lines: readonly string[],
): readonly string[] => {
  const found = new Set(executions.map(({ name }) => name));
  const written = new Set(lines);
  const seen = new Set<string>();
  const twice = lines.filter((line) => seen.has(line) || !seen.add(line));
  return [
    ...[...acknowledged].filter((name) => !found.has(name)).map((name) => `${name} is lost`),
    ...twice.map((line) => `"${line}" was written twice`),
    ...executions.flatMap((execution) => violationsOf(execution, written)),
  ];
};

const endsOf = async (environment: Environment, records: readonly LogRecord[]) => {
  const ids = [...new Set(records.map(({ executionId }) => executionId))];
  const ends: Ended[] = [];
  for (const id of ids.filter((each) => each.startsWith("chaos:")))
    ends.push((await ask(environment, `/v1/executions/${id}`)).body);
  return ends;
};

const allEnded = async (environment: Environment): Promise<boolean> => {
  const path = "/v1/executions?process=chaos&status=RUNNING&limit=1";
  return (await ask(environment, path)).body.executions.length === 0;
};

const lateResultsOf = async (environment: Environment): Promise<number> => {
  const path = "/v1/system-events?kind=late-result&limit=1000";
  return (await ask(environment, path)).body.events.length;
};

const patienceMs = 30_000;

const run = async (options: ChaosOptions, environment: Environment): Promise<ChaosReport> => {
  const { directory, servers } = environment;
  const [acknowledged, { kills, freezes }] = await Promise.all([
    startAll(options, environment),
    strike(options, environment),
  ]);
  options.say(`${kills} kills and ${freezes} freezes are over; waiting for what is unfinished`);
  const endsAtMs = performance.now() + patienceMs;
  while (!(await allEnded(environment)) && performance.now() < endsAtMs) await sleep(200);
  const records = recordsIn(directory);
  const executions = await endsOf(environment, records);
  const takeovers = takeoversIn(records, servers);
  return {
    executions: executions.length,
    kills,
    freezes,
    interrupted: executions.filter(({ output }) => output === "interrupted").length,
    lateResults: await lateResultsOf(environment),
    takeovers: spreadOf(takeovers.map(({ wentAtMs, atMs }) => atMs - wentAtMs)),
    attendedTakeovers: spreadOf(takeovers.map((takeover) => attendedMs(servers, takeover))),
    violations: [
      ...judge(acknowledged, executions, linesIn(directory)),
      ...[...environment.counts]
        .filter(([path, count]) => path.startsWith("/once/") && count > 1)
        .map(([path, count]) => `${path} was called ${count} times`),
    ],
  };
};

/** Lets chaos reign for a while, and says what came of it. */
export const chaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-chaos-"));
  const { fraction } = seededEntropy(options.seed);
  const service = await counterService(options.seed + 1);
  const servers = Array.from(
    { length: options.serverCount },
    (_, index) => new Kept(`s${index + 1}`, directory),
  );
  const environment = { directory, servers, fraction, counts: service.counts };
  try {
    for (const [index, server] of servers.entries()) await server.start(index > 0);
    if (servers[0]?.url === undefined) throw new Error("the first server does not start");
    const definition = definitionOf(service.url);
    const document = JSON.stringify({ kind: "Process", name: "chaos", definition });
    await ask(environment, "/v1/processes", { document });
    return await run(options, environment);
  } finally {
    await Promise.all(servers.map((server) => server.end()));
    service.close();
    rmSync(directory, { recursive: true, force: true });
  }
};
