/** What every contract suite needs: a platform that is made for each test, and builders of what is written. */
import { onTestFinished } from "vitest";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { type VirtualClock, virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { Snapshot } from "#ports/execution-log.ts";
import type { Head } from "#ports/heads.ts";
import type { AppendRecord, Enqueue, PutHead } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";

/** A platform for one test; `close` frees what it holds. */
export interface OpenedPlatform {
  readonly platform: Platform;
  readonly close: () => Promise<void>;
}

/** Makes an empty platform. */
export type MakePlatform = (clock: VirtualClock) => OpenedPlatform | Promise<OpenedPlatform>;

export const startMs = Date.UTC(2026, 10, 23);

/**
 * What a queue promises beyond the port. `exact`: an item has one message, which is visible to the
 * millisecond and can be removed by whoever knows its id. `at-least-once`: an item that is enqueued twice
 * may be delivered twice, visibility is in whole seconds, and who removes or extends must have received.
 */
export type QueueKind = "exact" | "at-least-once";

/** An empty platform and its clock for one test. */
export const openFor = async (
  make: MakePlatform,
): Promise<{ platform: Platform; clock: VirtualClock }> => {
  const clock = virtualClock(startMs);
  const { platform, close } = await make(clock);
  onTestFinished(close);
  return { platform, clock };
};

export const recordOf = (executionId: string, seq: number, more: Partial<LogRecord> = {}) =>
  ({
    executionId,
    epoch: 0,
    seq,
    commitId: `${executionId}#${seq}`,
    server: "server-1",
    turn: "turn-1",
    atMs: startMs + seq,
    facts: [{ kind: "ActivitySucceeded", activity: `a${seq}`, attempt: 1, output: { seq } }],
    commands: [{ kind: "RunActivity", activity: `a${seq + 1}`, attempt: 1 }],
    doneThrough: seq - 1,
    ...more,
  }) satisfies LogRecord;

export const append = (
  executionId: string,
  seq: number,
  more: Partial<LogRecord> = {},
): AppendRecord => ({ kind: "AppendRecord", record: recordOf(executionId, seq, more) });

export const headOf = (executionId: string, seq: number, more: Partial<Head> = {}): Head => ({
  executionId,
  epoch: 0,
  seq,
  process: "backup",
  version: 1,
  name: executionId,
  status: "RUNNING",
  startedAtMs: startMs,
  startedBy: "key:admin",
  nextCheckAtMs: startMs + 60_000,
  ...more,
});

/** The head of an execution that has ended: it is not looked at again. */
export const endedHeadOf = (executionId: string, seq: number, more: Partial<Head> = {}): Head => {
  const { nextCheckAtMs: _, ...head } = headOf(executionId, seq);
  return { ...head, status: "SUCCEEDED", stoppedAtMs: startMs + 1_000, ...more };
};

export const putHead = (head: Head): PutHead => ({ kind: "PutHead", head });

export const enqueue = (itemId: string, visibleAtMs = startMs, executionId = "x"): Enqueue => ({
  kind: "Enqueue",
  itemId,
  executionId,
  visibleAtMs,
});

export const snapshotOf = (executionId: string, seq: number, epoch = 0): Snapshot => {
  const state: ExecutionState = {
    executionId,
    process: "backup",
    version: 1,
    name: executionId,
    input: { text: "grüße 🚀 \u0000" },
    startedBy: "key:admin",
    startedAtMs: startMs,
    seed: "00".repeat(16),
    behaviour: 1,
    nowMs: startMs + seq,
    status: "RUNNING",
    draws: 0,
    eventCount: seq,
    transitionCount: seq,
    branchCount: 1,
    branches: {},
    activities: {},
  };
  return { executionId, epoch, seq, state };
};

export const seqsOf = (records: readonly LogRecord[]): readonly number[] =>
  records.map(({ seq }) => seq);
