import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDataDirectory } from "#platforms/embedded/data-directory.ts";
import { portsOn } from "#platforms/embedded/embedded-platform.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { Write } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";
import { append, endedHeadOf, enqueue, headOf, putHead, snapshotOf, startMs } from "./fixture.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const executionIds = ["a", "b", "c", "d"];
const itemIds = ["i", "j", "k"];
const executionId = fc.constantFrom(...executionIds);
const itemId = fc.constantFrom(...itemIds);
const position = { epoch: fc.nat(1), seq: fc.nat(3) };
const instant = fc.nat(8).map((ticks) => startMs + ticks * 100);

const write: fc.Arbitrary<Write> = fc.oneof(
  fc
    .record({ executionId, ...position, commit: fc.nat(2) })
    .map(({ executionId, epoch, seq, commit }) =>
      append(executionId, seq, { epoch, commitId: `c${commit}` }),
    ),
  fc
    .record({ executionId, ...position, isEnded: fc.boolean(), instant, process: fc.nat(1) })
    .map(({ executionId, epoch, seq, isEnded, instant, process }) =>
      putHead(
        isEnded
          ? endedHeadOf(executionId, seq, { epoch, process: `p${process}` })
          : headOf(executionId, seq, { epoch, process: `p${process}`, nextCheckAtMs: instant }),
      ),
    ),
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

/** What happens to a platform: batches that are sent together, or time that passes until a receiver asks. */
const event = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 3 }) },
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
    lists: await Promise.all(
      filters.map(async (filter) => (await heads.list({ ...filter, limit: 3 })).heads),
    ),
    // Heads that are due at the same instant come in any order.
    due: due.map((head) => `${head.nextCheckAtMs} ${head.executionId}`).sort(),
    nextDueAtMs: await heads.nextDueAtMs(startMs + 200),
  };
};

describe("the embedded platform", () => {
  it("answers and shows what the memory platform does, whatever is written", async () => {
    const { database, close } = openDataDirectory(temporaryDirectory());
    const tables = ["executions", "records", "snapshots", "work_items"];
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        for (const table of tables) database.exec(`DELETE FROM ${table}`);
        const clock = virtualClock(startMs);
        const memory = memoryPlatform({ clock });
        const { ports: embedded, stop } = portsOn(database, clock);
        const both = async <T>(ask: (platform: Platform) => Promise<T>): Promise<T> => {
          const [expected, actual] = await Promise.all([ask(memory), ask(embedded)]);
          expect(actual).toEqual(expected);
          return expected;
        };
        for (const step of events) {
          if (Array.isArray(step)) {
            await both((platform) =>
              Promise.all(step.map((batch) => platform.journal.write(batch))),
            );
          } else {
            clock.advanceTo(clock.nowMs() + step.passMs);
            await both(async ({ queue }) => {
              const items = await queue.receive({ max: 10, visibilityMs: 300 });
              return [...items].sort((a, b) => a.itemId.localeCompare(b.itemId));
            });
          }
          await both(viewOf);
        }
        stop();
      }),
      { numRuns: 300 },
    );
    close();
  });
});
