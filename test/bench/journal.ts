/**
 * Measures the journal of the embedded platform alone: writers that each await their own append.
 * `npx node test/bench/journal.ts [writers] [seconds]` prints one JSON line.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogRecord } from "#core/execution/record.ts";
import { openEmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { Head } from "#ports/heads.ts";
import type { Write } from "#ports/journal.ts";

const writers = Number(process.argv[2] ?? 50);
const seconds = Number(process.argv[3] ?? 5);
/** One execution of ten activities. */
const recordsPerExecution = 11;

const directory = mkdtempSync(join(tmpdir(), "holdfast-journal-"));
const platform = openEmbeddedPlatform({ directory, clock: systemClock, entropy: systemEntropy });

const recordAt = (executionId: string, seq: number): LogRecord => ({
  executionId,
  epoch: 0,
  seq,
  commitId: systemEntropy.hex(8),
  server: "server-1",
  turn: "0123456789abcdef",
  atMs: Date.now(),
  facts: [{ kind: "ActivitySucceeded", activity: `a${seq}`, attempt: 1, output: "x".repeat(80) }],
  commands: [{ kind: "RunActivity", activity: `a${seq + 1}`, attempt: 1 }],
  doneThrough: seq - 1,
});

const headAt = (executionId: string, seq: number): Head => ({
  executionId,
  epoch: 0,
  seq,
  process: "bench",
  version: 1,
  name: executionId,
  status: seq === 0 ? "RUNNING" : "SUCCEEDED",
  startedAtMs: Date.now(),
  startedBy: "bench",
  ...(seq === 0 ? { nextCheckAtMs: Date.now() + 60_000 } : { stoppedAtMs: Date.now() }),
});

const writesAt = (executionId: string, seq: number): Write[] => {
  const writes: Write[] = [{ kind: "AppendRecord", record: recordAt(executionId, seq) }];
  if (seq === 0) {
    const visibleAtMs = Date.now() + 3_000;
    writes.push({ kind: "PutHead", head: headAt(executionId, seq) });
    writes.push({ kind: "Enqueue", itemId: executionId, executionId, visibleAtMs });
  }
  if (seq === recordsPerExecution - 1) {
    writes.push({ kind: "PutHead", head: headAt(executionId, seq) });
    writes.push({ kind: "RemoveItem", itemId: executionId });
  }
  return writes;
};

const endsAt = performance.now() + seconds * 1_000;
const latencies: number[] = [];

const write = async (writer: number): Promise<void> => {
  for (let count = 0; performance.now() < endsAt; count += 1) {
    const executionId = `bench:${writer}-${count}`;
    for (let seq = 0; seq < recordsPerExecution; seq += 1) {
      const begin = performance.now();
      await platform.journal.write(writesAt(executionId, seq));
      latencies.push(performance.now() - begin);
    }
  }
};

const begin = performance.now();
await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
const elapsedMs = performance.now() - begin;
const { commits } = platform.statistics();
await platform.close();
rmSync(directory, { recursive: true });

latencies.sort((a, b) => a - b);
const percentile = (fraction: number): number =>
  Number((latencies[Math.floor(latencies.length * fraction)] ?? 0).toFixed(3));
console.log(
  JSON.stringify({
    writers,
    recordsPerSecond: Math.round((latencies.length / elapsedMs) * 1_000),
    commitsPerSecond: Math.round((commits / elapsedMs) * 1_000),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    maxMs: percentile(0.9999),
  }),
);
