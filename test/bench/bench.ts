/**
 * `npm run bench`: how fast Holdfast is on this machine, on this disk. What each figure means and
 * how it is got is in docs/benchmarks.md.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { core } from "./core.ts";
import { drain } from "./drain.ts";
import { compare, type Figures, lines, spread } from "./figures.ts";
import { filesystemOf, machineName, syncsPerSecond } from "./machine.ts";
import { map } from "./map.ts";
import { northbound, northboundProfile } from "./northbound.ts";
import { type Peer, preparePeers } from "./peers.ts";
import { persistence } from "./persistence.ts";
import { profile, type Say } from "./profile.ts";
import { countRecords } from "./records.ts";
import { scale } from "./scale.ts";
import { freshDirectory, type Server, startServer } from "./server.ts";
import { latency, parking, throughput, timerOvershoot } from "./workloads.ts";

const repository = resolve(import.meta.dirname, "../..");
const defaultPeers = resolve(repository, "../shared/bench");
/** Of an execution of ten activities: its start, and the end of each. */
const RECORDS_MIN = 11;
const WORKLOADS = ["W1", "W2", "W3", "W4"];

interface Options {
  readonly json?: true;
  readonly peers?: string | true;
  readonly only: ReadonlySet<string>;
  readonly runs: number;
  readonly seconds: number;
  readonly servers: number;
  readonly directory: string;
  readonly profile?: true;
  readonly scale?: true;
  readonly core?: true;
  readonly drain?: true;
  readonly persistence?: true;
  readonly map?: number | true;
  readonly northbound?: true;
  readonly beside?: string;
}

const workloadNames = (text: string): ReadonlySet<string> => {
  const names = text.split(",");
  const unknown = names.find((name) => !WORKLOADS.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`${unknown} is none of ${WORKLOADS.join(", ")}.`);
  return new Set(names);
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("A number above 0 is wanted.");
  return value;
};

const parseOptions = (): Options =>
  new Command("bench")
    .description("Measures Holdfast on this machine (docs/benchmarks.md).")
    .option("--json", "print one JSON line and nothing else on standard output")
    .option("--peers [dir]", "run Restate and DBOS too, with the scripts of this directory")
    .addOption(
      new Option("--only <workloads>", "for example W1,W3")
        .argParser(workloadNames)
        .default(new Set(WORKLOADS), "all"),
    )
    .option("--runs <count>", "figures are medians of so many", positive, 3)
    .option("--seconds <seconds>", "how long W1 lasts at least", positive, 5)
    .option("--servers <count>", "W1 to W3 go to one of so many servers", positive, 1)
    .option(
      "--directory <dir>",
      "make data directories below this one",
      join(repository, "node_modules/.cache/bench"),
    )
    .option(
      "--profile",
      "where the server spends its time in W1, or with --northbound in describes and starts",
    )
    .option("--scale", "what 100,000 finished executions cost")
    .option("--persistence", "W1 at each persistence level")
    .option("--core", "how fast the core decides, without log and disk")
    .option("--drain", "what a drain of one target costs those that use another")
    .option(
      "--map [items]",
      "a distributed map of so many items, a million if none is given",
      positive,
    )
    .option("--northbound", "describe and start beside a bare Hono hello-world")
    .option(
      "--beside <checkout>",
      "with --northbound: the server of another checkout in the same run",
    )
    .parse()
    .opts<Options>();

/** Runs `use` with a server on a data directory, and ends the server. */
const withServer = async <Result>(
  directory: string,
  use: (server: Server) => Promise<Result>,
): Promise<Result> => {
  const server = await startServer(directory);
  return await use(server).finally(server.stop);
};

/** The same beside other servers. */
const withServers = <Result>(
  count: number,
  directory: string,
  use: (server: Server) => Promise<Result>,
): Promise<Result> =>
  withServer(directory, async (server) => {
    const others: Server[] = [];
    try {
      for (let more = 1; more < count; more += 1)
        others.push(await startServer(directory, { isJoining: true }));
      return await use(server);
    } finally {
      await Promise.all(others.map(({ stop }) => stop()));
    }
  });

const checkDatabase = (directory: string, executionsMin: number): void => {
  const { executions, fewest } = countRecords(directory, "ten");
  if (executions < executionsMin || fewest < RECORDS_MIN)
    throw new Error(
      `the database holds ${executions} of at least ${executionsMin} executions; the shortest log has ${fewest} records`,
    );
};

/** W1 to W3 on one server, as the peers have them. */
const runTimed = async (parent: string, options: Options): Promise<Figures<number>> => {
  const { only, seconds } = options;
  const directory = freshDirectory(parent);
  let executions = 0;
  const figures = await withServers(options.servers, directory, async (server) => {
    const first = only.has("W1") ? await throughput(server, seconds) : undefined;
    const second = only.has("W2") ? { W2: await latency(server) } : {};
    const third = only.has("W3") ? { W3: await timerOvershoot(server) } : {};
    executions = first?.executions ?? 0;
    return { ...(first === undefined ? {} : { W1: first.figures }), ...second, ...third };
  });
  if (executions > 0) checkDatabase(directory, executions);
  return figures;
};

const runOurs = async (parent: string, options: Options): Promise<Figures<number>> => {
  const disk = { syncsPerSecond: syncsPerSecond(parent) };
  const isTimed = ["W1", "W2", "W3"].some((name) => options.only.has(name));
  const timed = isTimed ? await runTimed(parent, options) : {};
  const parked = options.only.has("W4")
    ? { W4: await withServer(freshDirectory(parent), parking) }
    : {};
  return { ...timed, ...parked, disk };
};

const scriptsOf = ({ peers }: Options): string | undefined => {
  if (peers === undefined) return undefined;
  return peers === true ? (process.env["PEERS_DIR"] ?? defaultPeers) : resolve(peers);
};

interface Runs {
  readonly ours: readonly Figures<number>[];
  readonly theirs: ReadonlyMap<Peer, readonly Figures<number>[]>;
}

/** Every run measures all, one after the other: what disturbs the machine for a while disturbs all. */
const measureRuns = async (options: Options, parent: string, say: Say): Promise<Runs> => {
  const scripts = scriptsOf(options);
  const peers = scripts === undefined ? undefined : preparePeers(scripts, parent);
  const ours: Figures<number>[] = [];
  const theirs = new Map<Peer, Figures<number>[]>(peers?.names.map((name) => [name, []]));
  for (let run = 1; run <= options.runs; run += 1) {
    say(`run ${run} of ${options.runs}`);
    ours.push(await runOurs(parent, options));
    for (const [name, runs] of theirs) {
      say(`run ${run} of ${options.runs}: ${name}`);
      if (peers !== undefined) runs.push(peers.run(name, options.only.has("W4")));
    }
  }
  return { ours, theirs };
};

const measure = async (options: Options, parent: string, say: Say): Promise<object> => {
  const filesystem = filesystemOf(parent);
  if (/^(tmpfs|ramfs)/.test(filesystem))
    throw new Error(`${parent} is in memory (${filesystem}): give --directory on a real disk`);
  const setting = { date: new Date().toISOString(), node: process.version, machine: machineName() };
  say(`${setting.date}, Node ${setting.node}, ${setting.machine}, ${filesystem}`);
  const { ours, theirs } = await measureRuns(options, parent, say);
  const figures = spread(ours);
  say("\nHoldfast: median (min to max)");
  for (const line of lines(figures)) say(line);
  const summary = { ...setting, filesystem, runs: ours.length, figures };
  if (theirs.size === 0) return summary;
  const peers = [...theirs].map(([name, runs]) => {
    const comparison = compare(figures, spread(runs));
    say(`\n${name}: median (min to max)`);
    for (const line of lines(comparison.figures)) say(line);
    for (const [path, times] of Object.entries(comparison.timesBetter))
      say(`${path.padEnd(34)} Holdfast is ${times} times better`);
    return [name, comparison];
  });
  return { ...summary, peers: Object.fromEntries(peers) };
};

const main = async (): Promise<void> => {
  const options = parseOptions();
  const say: Say = (line) =>
    void (options.json === true ? process.stderr : process.stdout).write(`${line}\n`);
  mkdirSync(options.directory, { recursive: true });
  const parent = mkdtempSync(join(realpathSync(options.directory), "run-"));
  try {
    const [, command] = [
      [options.profile && options.northbound, northboundProfile] as const,
      [options.profile, profile] as const,
      [options.scale, scale] as const,
      [options.core, core] as const,
      [options.drain, drain] as const,
      [options.persistence, persistence] as const,
      [options.northbound, northbound(options.beside && resolve(options.beside))] as const,
      [
        options.map !== undefined,
        map(options.map === true ? 1_000_000 : (options.map ?? 0)),
      ] as const,
    ].find(([isAsked]) => isAsked === true) ?? [false, undefined];
    const result =
      command === undefined
        ? await measure(options, parent, say)
        : await command({ parent, seconds: options.seconds, say });
    if (options.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
    rmSync(parent, { recursive: true, force: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `${reason}\nThe data directories and what the servers said are kept in ${parent}\n`,
    );
    process.exitCode = 1;
  }
};

await main();
