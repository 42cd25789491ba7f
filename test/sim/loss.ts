/**
 * What persistence levels and freshness promise of the log of an execution.
 *
 * S12 What an execution has done is given up only as its process says, and people are told before.
 * S13 With `persistence: none` nobody goes on with what a turn that is gone has left.
 */
import type { Fact } from "#core/execution/facts.ts";
import { persistenceOf } from "#core/execution/persistence.ts";
import type { Program } from "#core/execution/program.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState } from "#core/execution/state.ts";

/** Facts after which it does not matter what was done, or that nobody goes on by. */
const settles: readonly Fact["kind"][] = ["ProgressDropped", "StopRequested", "ExecutionRedriven"];

/** Whether an end in a condensed log may be that of a turn which gave up what another one had left. */
const mayEndLost = (program: Program, fact: Fact): boolean =>
  fact.kind === "ExecutionCondensed" &&
  (fact.status !== "SUCCEEDED" || wantedOf(program, "lost") === "startOver");

const wantedOf = (
  { settings }: Program,
  reason: "lost" | "stale",
): "end" | "startOver" | undefined => {
  if (reason === "stale") {
    if (settings?.freshness === undefined) return undefined;
    return settings.onStale === "drop" ? "end" : "startOver";
  }
  if (settings?.persistence !== "none") return undefined;
  return settings.onLoss === "rerun" ? "startOver" : "end";
};

export interface Dropping {
  readonly program: Program;
  /** Before the record. */
  readonly state: ExecutionState | undefined;
  readonly record: LogRecord;
  /** How often progress was given up with this record, and how often people were told. */
  readonly droppedCount: number;
  readonly toldCount: number;
}

/** What is wrong with a record, if anything is. */
export const wrongLoss = (dropping: Dropping): string | undefined => {
  const { program, state, record, droppedCount, toldCount } = dropping;
  for (const fact of record.facts) {
    if (fact.kind !== "ProgressDropped") continue;
    const wanted = wantedOf(program, fact.reason);
    if (wanted !== fact.follows)
      return `S12 record ${record.seq}: ${fact.reason}, then ${fact.follows}; its process says ${wanted}`;
  }
  if (droppedCount > toldCount)
    return `S12 record ${record.seq}: progress given up ${droppedCount} times, told ${toldCount} times`;
  if (state === undefined || record.isOutside === true || state.status !== "RUNNING")
    return undefined;
  const { lease } = state;
  const isLeft = lease !== undefined && lease.turn !== record.turn;
  const goesOn = !record.facts.some(
    (fact) => settles.includes(fact.kind) || mayEndLost(program, fact),
  );
  return persistenceOf(program, state) === "none" && isLeft && goesOn
    ? `S13 record ${record.seq} of ${record.turn} goes on with what ${lease.turn} has left`
    : undefined;
};
