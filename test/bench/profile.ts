/** Where the server spends its time in W1, by V8's sampling profiler. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { freshDirectory, startServer } from "./server.ts";
import { throughput } from "./workloads.ts";

const SHOWN = 15;
const repository = resolve(import.meta.dirname, "../..");

/** Prints a line for people. */
export type Say = (line: string) => void;

/** What a bench command is given. */
export interface CommandContext {
  /** Data directories go below this one. */
  readonly parent: string;
  readonly seconds: number;
  readonly say: Say;
}

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Spot {
  readonly where: string;
  readonly ms: number;
}

const nameOf = ({ callFrame }: CpuProfile["nodes"][number]): string => {
  const { functionName, url, lineNumber } = callFrame;
  const file = url.replace(/^file:\/\//, "").replace(`${repository}/`, "");
  const name = functionName === "" ? "(anonymous)" : functionName;
  return file === "" ? name : `${name}  ${file}:${lineNumber + 1}`;
};

/** Self time of each function, the most first. */
const selfTimes = (profile: CpuProfile): readonly Spot[] => {
  const names = new Map(profile.nodes.map((node) => [node.id, nameOf(node)]));
  const times = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    const where = names.get(id) ?? "(unknown)";
    times.set(where, (times.get(where) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  });
  return [...times].map(([where, ms]) => ({ where, ms })).sort((left, right) => right.ms - left.ms);
};

/** Prints the functions of a profile that take most of the time. */
export const sayProfile = (name: string, profile: CpuProfile, say: Say) => {
  const spots = selfTimes(profile);
  const idleMs = spots.find((spot) => spot.where === "(idle)")?.ms ?? 0;
  const busy = spots.filter((spot) => spot.where !== "(idle)");
  const busyMs = busy.reduce((sum, spot) => sum + spot.ms, 0);
  say(`\n${name}: ${Math.round(busyMs)} ms busy, ${Math.round(idleMs)} ms idle; self time`);
  const top = busy.slice(0, SHOWN);
  for (const { where, ms } of top)
    say(`${((100 * ms) / busyMs).toFixed(1).padStart(6)} %  ${where}`);
  return { thread: name, busyMs, idleMs, top };
};

/** Runs W1 once with the profiler on, and prints the functions that take most of the server's time. */
export const profile = async ({ parent, seconds, say }: CommandContext): Promise<object> => {
  const directory = freshDirectory(parent);
  const profiles = freshDirectory(parent);
  const server = await startServer(directory, {
    nodeOptions: ["--cpu-prof", `--cpu-prof-dir=${profiles}`],
  });
  const { figures } = await throughput(server, seconds).finally(server.stop);
  const result = readdirSync(profiles).map((name) =>
    sayProfile(name, JSON.parse(readFileSync(join(profiles, name), "utf8")) as CpuProfile, say),
  );
  say(`\nactivities a second with the profiler on: ${figures["activitiesPerSecond"]}`);
  return { profile: result, figures };
};
