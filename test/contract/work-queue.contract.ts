import { describe, expect, it } from "vitest";
import type { Platform } from "#ports/platform.ts";
import type { WorkItem } from "#ports/work-queue.ts";
import {
  append,
  enqueue,
  headOf,
  type MakePlatform,
  openFor,
  putHead,
  type QueueKind,
  seqsOf,
  startMs,
} from "./fixture.ts";

const visibilityMs = 3_000;

const idsOf = (items: readonly WorkItem[]): readonly string[] =>
  items.map(({ itemId }) => itemId).sort();

/** Lets a wake that was put off to the next turn of the event loop happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What `WorkQueue` and the writes on items promise. */
export const workQueueContract = (name: string, make: MakePlatform, queue: QueueKind) =>
  describe(`work queue on ${name}`, () => {
    /** An instant after the start at which an item is visible that was to be so `delayMs` after it. */
    const visibleAt = (delayMs: number): number =>
      startMs + (queue === "exact" ? delayMs : 1_000 * Math.ceil(delayMs / 1_000));

    it("delivers an item with its execution and counts how often", async () => {
      const { platform, clock } = await openFor(make);
      await platform.journal.write([enqueue("item", startMs, "x")]);
      for (const receiveCount of [1, 2, 3]) {
        expect(await platform.queue.receive({ max: 10, visibilityMs })).toEqual([
          { itemId: "item", executionId: "x", receiveCount },
        ]);
        clock.advanceTo(clock.nowMs() + visibilityMs);
      }
    });

    it("hides a received item until its visibility has passed", async () => {
      const { platform, clock } = await openFor(make);
      await platform.journal.write([enqueue("item")]);
      await platform.queue.receive({ max: 10, visibilityMs });
      clock.advanceTo(startMs + visibilityMs - 1);
      expect(await platform.queue.receive({ max: 10, visibilityMs })).toEqual([]);
      clock.advanceTo(startMs + visibilityMs);
      expect(idsOf(await platform.queue.receive({ max: 10, visibilityMs }))).toEqual(["item"]);
    });

    it("never delivers an item again that was removed", async () => {
      const { platform, clock } = await openFor(make);
      await platform.journal.write([enqueue("item"), enqueue("other")]);
      await platform.queue.receive({ max: 10, visibilityMs });
      await platform.journal.write([{ kind: "RemoveItem", itemId: "item" }]);
      clock.advanceTo(startMs + visibilityMs);
      expect(idsOf(await platform.queue.receive({ max: 10, visibilityMs }))).toEqual(["other"]);
    });

    it("delivers a delayed item not before its time", async () => {
      const { platform, clock } = await openFor(make);
      await platform.journal.write([enqueue("item", startMs + 500)]);
      clock.advanceTo(startMs + 499);
      expect(await platform.queue.receive({ max: 10, visibilityMs })).toEqual([]);
      clock.advanceTo(visibleAt(500));
      expect(idsOf(await platform.queue.receive({ max: 10, visibilityMs }))).toEqual(["item"]);
    });

    if (queue === "at-least-once")
      it("delivers an item that is enqueued twice at most twice, and removes all of it", async () => {
        const { platform, clock } = await openFor(make);
        await platform.journal.write([enqueue("item"), enqueue("item"), enqueue("other")]);
        const ids = idsOf(await platform.queue.receive({ max: 10, visibilityMs }));
        expect([...new Set(ids)]).toEqual(["item", "other"]);
        expect(ids.length).toBeLessThanOrEqual(3);
        await platform.journal.write([{ kind: "RemoveItem", itemId: "item" }]);
        clock.advanceTo(startMs + visibilityMs);
        expect(idsOf(await platform.queue.receive({ max: 10, visibilityMs }))).toEqual(["other"]);
      });
    else
      it("keeps an item that is enqueued twice as it was", async () => {
        const { platform, clock } = await openFor(make);
        await platform.journal.write([enqueue("item", startMs + 500, "x")]);
        await platform.journal.write([enqueue("item", startMs, "y")]);
        expect(await platform.queue.receive({ max: 10, visibilityMs })).toEqual([]);
        clock.advanceTo(startMs + 500);
        const [item] = await platform.queue.receive({ max: 10, visibilityMs });
        expect(item?.executionId).toBe("x");
        await platform.journal.write([enqueue("item", startMs, "x")]);
        expect(await platform.queue.receive({ max: 10, visibilityMs })).toEqual([]);
      });

    it("takes no notice of an item that is enqueued again while it is being worked on", async () => {
      const { platform, clock } = await openFor(make);
      await platform.journal.write([enqueue("item")]);
      await platform.queue.receive({ max: 10, visibilityMs });
      await platform.journal.write([enqueue("item")]);
      expect(await platform.queue.receive({ max: 10, visibilityMs })).toEqual([]);
      await platform.journal.write([{ kind: "RemoveItem", itemId: "item" }]);
      clock.advanceTo(startMs + visibilityMs);
      expect(await platform.queue.receive({ max: 10, visibilityMs })).toEqual([]);
      await platform.journal.write([enqueue("item", clock.nowMs())]);
      expect(idsOf(await platform.queue.receive({ max: 10, visibilityMs }))).toEqual(["item"]);
    });

    it("extends items, and passes over those that are gone", async () => {
      const { platform, clock } = await openFor(make);
      await platform.journal.write([enqueue("item"), enqueue("other")]);
      await platform.queue.receive({ max: 10, visibilityMs });
      clock.advanceTo(startMs + 2_000);
      await platform.journal.write([
        {
          kind: "ExtendItems",
          itemIds: ["unknown", "item"],
          visibleAtMs: clock.nowMs() + visibilityMs,
        },
      ]);
      clock.advanceTo(startMs + visibilityMs);
      expect(idsOf(await platform.queue.receive({ max: 10, visibilityMs }))).toEqual(["other"]);
      clock.advanceTo(startMs + 2_000 + visibilityMs);
      expect(idsOf(await platform.queue.receive({ max: 10, visibilityMs }))).toEqual(["item"]);
    });

    it("delivers at most as many as asked, and all of them in time", async () => {
      const { platform } = await openFor(make);
      const ids = Array.from({ length: 25 }, (_, index) => `item${String(index).padStart(2, "0")}`);
      await platform.journal.write(ids.map((id) => enqueue(id)));
      const received: string[] = [];
      for (const count of [10, 10, 5, 0]) {
        const items = await platform.queue.receive({ max: 10, visibilityMs });
        expect(items).toHaveLength(count);
        received.push(...idsOf(items));
      }
      expect(received.sort()).toEqual(ids);
    });

    it("shares items between receivers at the same time, none twice on one machine", async () => {
      const { platform } = await openFor(make);
      const ids = Array.from({ length: 100 }, (_, index) => `item${index}`);
      await platform.journal.write(ids.map((id) => enqueue(id)));
      const batches = await Promise.all(
        Array.from({ length: 20 }, () => platform.queue.receive({ max: 10, visibilityMs })),
      );
      expect(idsOf(batches.flat())).toEqual([...ids].sort());
    });

    describe("waking", () => {
      /** A listener that counts its calls. */
      const listenTo = (platform: Platform) => {
        const heard = { count: 0 };
        const stop = platform.queue.onVisible(() => {
          heard.count += 1;
        });
        return { heard, stop };
      };

      it("happens when a visible item is enqueued", async () => {
        const { platform } = await openFor(make);
        const { heard } = listenTo(platform);
        await platform.journal.write([enqueue("item")]);
        await settle();
        expect(heard.count).toBeGreaterThan(0);
      });

      it("happens when a delayed item becomes visible, however many there are", async () => {
        const { platform, clock } = await openFor(make);
        await platform.journal.write([enqueue("before", startMs + 9_000)]);
        const { heard } = listenTo(platform);
        await platform.journal.write([
          enqueue("a", startMs + 6_000),
          enqueue("b", startMs + 3_000),
        ]);
        await settle();
        for (const delayMs of [3_000, 6_000, 9_000]) {
          heard.count = 0;
          clock.advanceTo(startMs + delayMs - 1);
          await settle();
          expect(heard.count).toBe(0);
          clock.advanceTo(startMs + delayMs);
          await settle();
          expect(heard.count).toBeGreaterThan(0);
        }
      });

      it("happens when a received item is visible again", async () => {
        const { platform, clock } = await openFor(make);
        await platform.journal.write([enqueue("item")]);
        const { heard } = listenTo(platform);
        await platform.queue.receive({ max: 10, visibilityMs });
        await settle();
        heard.count = 0;
        clock.advanceTo(startMs + visibilityMs);
        await settle();
        expect(heard.count).toBeGreaterThan(0);
      });

      it("ends for a listener that is done, and only for that one", async () => {
        const { platform, clock } = await openFor(make);
        const first = listenTo(platform);
        const second = listenTo(platform);
        first.stop();
        await platform.journal.write([enqueue("item"), enqueue("late", startMs + 3_000)]);
        clock.advanceTo(startMs + 3_000);
        await settle();
        expect(first.heard.count).toBe(0);
        expect(second.heard.count).toBeGreaterThan(0);
      });
    });

    it("delivers an item whose execution was never written", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([enqueue("torn", startMs, "unknown")]);
      const [item] = await platform.queue.receive({ max: 10, visibilityMs });
      expect(item?.executionId).toBe("unknown");
      expect((await platform.log.load("unknown")).records).toEqual([]);
    });

    it("loses nothing that log and head keep when an item is lost", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([append("x", 0), putHead(headOf("x", 0)), enqueue("item")]);
      await platform.journal.write([{ kind: "RemoveItem", itemId: "item" }]);
      expect(seqsOf((await platform.log.load("x")).records)).toEqual([0]);
      const due = await platform.heads.due(startMs + 60_000, 10);
      expect(due.map(({ executionId }) => executionId)).toEqual(["x"]);
    });
  });
