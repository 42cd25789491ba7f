import { describe, expect, it, onTestFinished } from "vitest";
import { openDataDirectory } from "#platforms/embedded/data-directory.ts";
import { portsOn } from "#platforms/embedded/embedded-platform.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { Write } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";
import { fc } from "../fast-check.ts";
import { openEnvironment, startAwsServers } from "./aws-servers.ts";
import { append, endedHeadOf, enqueue, headOf, putHead, snapshotOf, startMs } from "./fixture.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const executionIds = ["p0:a", "p0:b", "p1:c", "p1:d"];
const itemIds = ["i", "j", "k"];
const executionId = fc.constantFrom(...executionIds);
const itemId = fc.constantFrom(...itemIds);
const position = { epoch: fc.nat(1), seq: fc.nat(3) };
const instant = fc.nat(8).map((ticks) => startMs + ticks * 100);

const processOf = (executionId: string): string => executionId.slice(0, executionId.indexOf(":"));

const logWrite: fc.Arbitrary<Write> = fc.oneof(
  fc
    .record({ executionId, ...position, commit: fc.nat(2) })
    .map(({ executionId, epoch, seq, commit }) =>
      append(executionId, seq, { epoch, commitId: `c${commit}` }),
    ),
  fc
    .record({ executionId, ...position, isEnded: fc.boolean(), instant })
    .map(({ executionId, epoch, seq, isEnded, instant }) => {
      const process = processOf(executionId);
      return putHead(
        isEnded
          ? endedHeadOf(executionId, seq, { epoch, process })
          : headOf(executionId, seq, { epoch, process, nextCheckAtMs: instant }),
      );
    }),
  fc.record({ executionId, ...position, instant }).map(({ instant, ...raised }) => ({
    kind: "RaiseHead" as const,
    ...raised,
    nextCheckAtMs: instant,
  })),
  fc
    .record({ executionId, ...position })
    .map((dropped) => ({ kind: "DropDetails" as const, ...dropped })),
  fc.record({ executionId, ...position }).map(({ executionId, epoch, seq }) => ({
    kind: "PutSnapshot" as const,
    snapshot: snapshotOf(executionId, seq, epoch),
  })),
  fc
    .record({
      ids: fc.subarray(executionIds),
      turn: fc.constantFrom("t1", "t2"),
      seq: fc.nat(3),
      instant,
    })
    .map(({ ids, turn, seq, instant }) => ({
      kind: "RenewLeases" as const,
      leases: ids.map((executionId) => ({ executionId, turn, seq })),
      untilMs: instant,
    })),
);

const queueWrite: fc.Arbitrary<Write> = fc.oneof(
  fc
    .record({ itemId, instant, executionId })
    .map(({ itemId, instant, executionId }) => enqueue(itemId, instant, executionId)),
  fc.record({ itemIds: fc.subarray(itemIds), instant }).map(({ itemIds, instant }) => ({
    kind: "ExtendItems" as const,
    itemIds,
    visibleAtMs: instant,
  })),
  itemId.map((itemId) => ({ kind: "RemoveItem" as const, itemId })),
);

/** Batches that are sent together. */
const batchesOf = (write: fc.Arbitrary<Write>) =>
  fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 3 });

/** What happens to a platform: batches, or time that passes until a receiver asks. */
const event = fc.oneof(
  { weight: 4, arbitrary: batchesOf(fc.oneof({ weight: 2, arbitrary: logWrite }, queueWrite)) },
  { weight: 1, arbitrary: fc.record({ passMs: fc.nat(400) }) },
);

/** Everything that can be seen of a platform. */
const viewOf = async ({ log, heads }: Platform): Promise<unknown> => {
  const filters = ["p0", "p1", undefined].flatMap((process) =>
    (["RUNNING", "SUCCEEDED", undefined] as const).map((status) => ({
      ...(process === undefined ? {} : { process }),
      ...(status === undefined ? {} : { status }),
    })),
  );
  const due = await heads.due(startMs + 400, 10);
  return {
    logs: await Promise.all(executionIds.map((id) => log.load(id))),
    histories: await Promise.all(executionIds.map((id) => log.read(id, { fromSeq: 1, limit: 3 }))),
    heads: await Promise.all(executionIds.map((id) => heads.get(id))),
    // Heads that were started, or are due, at the same instant come in any order.
    lists: await Promise.all(
      filters.map(async (filter) =>
        (await heads.list({ ...filter, limit: 10 })).heads.toSorted((a, b) =>
          a.executionId.localeCompare(b.executionId),
        ),
      ),
    ),
    due: due.map((head) => `${head.nextCheckAtMs} ${head.executionId}`).sort(),
    nextDueAtMs: await heads.nextDueAtMs(startMs + 200),
  };
};

/** Asks two platforms the same, and expects the same. */
const askBoth = async <T>(
  [expected, actual]: readonly [Platform, Platform],
  ask: (platform: Platform) => Promise<T>,
): Promise<void> => {
  const [wanted, given] = await Promise.all([ask(expected), ask(actual)]);
  expect(given).toEqual(wanted);
};

describe("the embedded platform", () => {
  it("answers and shows what the memory platform does, whatever is written", async () => {
    const { database, close } = openDataDirectory(temporaryDirectory());
    const tables = ["executions", "records", "snapshots", "work_items"];
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        for (const table of tables) database.exec(`DELETE FROM ${table}`);
        const clock = virtualClock(startMs);
        const { ports: embedded, stop } = portsOn(database, clock);
        const both = [memoryPlatform({ clock }), embedded] as const;
        for (const step of events) {
          if (Array.isArray(step)) {
            await askBoth(both, ({ journal }) =>
              Promise.all(step.map((batch) => journal.write(batch))),
            );
          } else {
            clock.advanceTo(clock.nowMs() + step.passMs);
            await askBoth(both, async ({ queue }) => {
              const items = await queue.receive({ max: 10, visibilityMs: 300 });
              return [...items].sort((a, b) => a.itemId.localeCompare(b.itemId));
            });
          }
          await askBoth(both, viewOf);
        }
        stop();
      }),
      { numRuns: 300 },
    );
    close();
  });
});

/**
 * The batch as an engine may write it: records in their order, or late; and details are dropped where a record
 * stands for them. What becomes of others is not said.
 */
const asWritten = async ({ log }: Platform, batch: readonly Write[]): Promise<readonly Write[]> => {
  const lasts = new Map<string, number>();
  for (const id of executionIds)
    for (const { epoch, seq } of (await log.load(id)).records) lasts.set(`${id} ${epoch}`, seq);
  return batch.map((write) => {
    if (write.kind === "AppendRecord") {
      const { record } = write;
      const key = `${record.executionId} ${record.epoch}`;
      const seq = Math.min(record.seq, (lasts.get(key) ?? -1) + 1);
      lasts.set(key, Math.max(seq, lasts.get(key) ?? -1));
      return { ...write, record: { ...record, seq } };
    }
    if (write.kind !== "DropDetails") return write;
    return {
      ...write,
      epoch: 0,
      seq: Math.min(write.seq, lasts.get(`${write.executionId} 0`) ?? 0),
    };
  });
};

describe("the AWS platform", () => {
  it("answers and shows what the memory platform does, whatever is written to logs and heads", async () => {
    const servers = await startAwsServers();
    onTestFinished(servers.stop);
    const clock = virtualClock(startMs);
    const steps = fc.array(batchesOf(logWrite), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(steps, async (events) => {
        const { platform, close } = await openEnvironment(servers, clock);
        const both = [memoryPlatform({ clock }), platform] as const;
        for (const batches of events) {
          // One after the other: at once they would be carried out in an order of their own.
          for (const batch of batches) {
            const writes = await asWritten(both[0], batch);
            await askBoth(both, ({ journal }) => journal.write(writes));
          }
          await askBoth(both, viewOf);
        }
        await close();
      }),
      { numRuns: 25 },
    );
  });
});
