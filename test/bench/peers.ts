/**
 * Runs the peers' own scripts (a directory with `restate/`, `dbos/` and `common/`) beside ours. They
 * install themselves from npm, and PostgreSQL from Debian's packages, so this needs a network.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Figures } from "./figures.ts";

const RUN_MS_MAX = 1_800_000;
const EXECUTIONS = "1500";

export type Peer = "restate" | "dbos";

interface Memory {
  readonly [process: string]: { readonly pss_mb: number };
}

/** What `run.sh` prints with one run of each workload. */
interface Printed {
  readonly W1: { readonly steps_s: number; readonly p50_ms: number; readonly p99_ms: number };
  readonly W2: { readonly per_step_e2e10_ms: number };
  readonly W3: { readonly over_p50_ms: number; readonly e2e_over_p50_ms: number };
  readonly W4?: {
    readonly pre: Memory;
    readonly parked10s: Memory;
    readonly park_start_s: number;
    readonly disk_mb: { readonly before: number; readonly after: number };
  };
}

export interface Peers {
  readonly names: readonly Peer[];
  /** One run of the peer's workloads W1 to W3, and of W4 where asked for. */
  readonly run: (peer: Peer, withParking: boolean) => Figures<number>;
}

const memoryOf = (memory: Memory): number =>
  ["server", "worker", "postgres"].reduce((sum, name) => sum + (memory[name]?.pss_mb ?? 0), 0);

const figuresOf = (printed: Printed): Figures<number> => ({
  W1: {
    activitiesPerSecond: printed.W1.steps_s,
    p50Ms: printed.W1.p50_ms,
    p99Ms: printed.W1.p99_ms,
  },
  W2: { msPerActivity: printed.W2.per_step_e2e10_ms },
  W3: { betweenActivitiesP50Ms: printed.W3.over_p50_ms, endToEndP50Ms: printed.W3.e2e_over_p50_ms },
  ...(printed.W4 === undefined
    ? {}
    : {
        W4: {
          startedPerSecond: printed.W4.park_start_s,
          pssGrowthMb: memoryOf(printed.W4.parked10s) - memoryOf(printed.W4.pre),
          diskMb: printed.W4.disk_mb.after - printed.W4.disk_mb.before,
        },
      }),
});

const lastJsonLine = (peer: Peer, result: SpawnSyncReturns<string>): Printed => {
  const line = result.stdout.split("\n").findLast((each) => each.startsWith("{"));
  if (result.status !== 0 || line === undefined)
    throw new Error(`${peer}/run.sh ended with ${result.status ?? result.signal}: see peers/log`);
  return JSON.parse(line) as Printed;
};

/** Copies the scripts below `parent`, since they install into their own directories. */
export const preparePeers = (scripts: string, parent: string): Peers => {
  const copy = join(parent, "peers");
  const names: readonly Peer[] = ["restate", "dbos"];
  for (const name of [...names, "common"]) {
    const to = join(copy, name);
    cpSync(join(scripts, name), to, { recursive: true, mode: 0 });
    spawnSync("chmod", ["-R", "u+w", to]);
  }
  const data = join(copy, "data");
  mkdirSync(data);
  // PostgreSQL runs as a user of its own, who must be able to reach its data.
  chmodSync(parent, 0o755);
  const log = openSync(join(copy, "log"), "a");
  const run = (peer: Peer, withParking: boolean): Figures<number> => {
    const result = spawnSync("bash", [join(copy, peer, "run.sh")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", log],
      timeout: RUN_MS_MAX,
      env: {
        ...process.env,
        N: EXECUTIONS,
        RUNS: "1",
        W4RUNS: withParking ? "1" : "0",
        QUIET_S: "1",
        PEERS_DATA: data,
      },
    });
    return figuresOf(lastJsonLine(peer, result));
  };
  return { names, run };
};
