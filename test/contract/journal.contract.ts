import { describe, expect, it } from "vitest";
import type { LogRecord } from "#core/execution/record.ts";
import type { Write, WriteOutcome } from "#ports/journal.ts";
import {
  append,
  endedHeadOf,
  enqueue,
  headOf,
  type MakePlatform,
  openFor,
  putHead,
  type QueueKind,
  recordOf,
  seqsOf,
  snapshotOf,
  startMs,
} from "./fixture.ts";

const written: WriteOutcome = { kind: "written" };

/** What `Journal` promises. */
export const journalContract = (name: string, make: MakePlatform, queue: QueueKind) =>
  describe(`journal on ${name}`, () => {
    describe("appending", () => {
      it("puts a record at a free position", async () => {
        const { platform } = await openFor(make);
        expect(await platform.journal.write([append("x", 0)])).toEqual(written);
        expect((await platform.log.load("x")).records).toEqual([recordOf("x", 0)]);
      });

      it("refuses a record at a taken position and answers the one found there", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([append("x", 0)]);
        const outcome = await platform.journal.write([append("x", 0, { commitId: "other" })]);
        expect(outcome).toEqual({ kind: "occupied", index: 0, found: recordOf("x", 0) });
        expect((await platform.log.load("x")).records).toEqual([recordOf("x", 0)]);
      });

      it("succeeds when the record found has its own commit id", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([append("x", 0)]);
        const again = await platform.journal.write([append("x", 0), append("x", 1)]);
        expect(again).toEqual(written);
        expect(seqsOf((await platform.log.load("x")).records)).toEqual([0, 1]);
      });

      it("lets exactly one of 100 racing writers have a position and shows the others its record", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([append("x", 0)]);
        const outcomes = await Promise.all(
          Array.from({ length: 100 }, (_, writer) =>
            platform.journal.write([append("x", 1, { commitId: `writer-${writer}` })]),
          ),
        );
        const winners = outcomes.filter(({ kind }) => kind === "written");
        expect(winners).toHaveLength(1);
        const winner = (await platform.log.load("x")).records[1];
        expect(winner?.commitId).toBe(`writer-${outcomes.indexOf(winners[0] ?? written)}`);
        for (const outcome of outcomes)
          if (outcome.kind !== "written")
            expect(outcome).toEqual({ kind: "occupied", index: 0, found: winner });
      });

      it("keeps positions of different executions and epochs apart", async () => {
        const { platform } = await openFor(make);
        const writes = [
          append("x", 0),
          append("y", 0),
          append("x", 0, { epoch: 1, commitId: "e" }),
        ];
        expect(await platform.journal.write(writes)).toEqual(written);
        expect((await platform.log.load("x")).records.map(({ epoch }) => epoch)).toEqual([0, 1]);
        expect((await platform.log.load("y")).records).toHaveLength(1);
      });

      it("keeps every character and number of a record", async () => {
        const { platform } = await openFor(make);
        const output = ["\u0000 \ud83d\ude80 \ud800 \"'\\ \u2028", 1e308, -0.1, 2 ** 53, null, {}];
        const record: LogRecord = {
          ...recordOf("execution ü'\";--", 0),
          facts: [{ kind: "ActivitySucceeded", activity: "a", attempt: 1, output }],
          leaseUntilMs: startMs + 3_000,
        };
        await platform.journal.write([{ kind: "AppendRecord", record }]);
        expect((await platform.log.load(record.executionId)).records).toEqual([record]);
      });

      it("takes a record of a megabyte", async () => {
        const { platform } = await openFor(make);
        const output = "x".repeat(2 ** 20);
        const facts = [{ kind: "ActivitySucceeded", activity: "a", attempt: 1, output }] as const;
        await platform.journal.write([append("x", 0, { facts })]);
        expect((await platform.log.load("x")).records[0]?.facts).toEqual(facts);
      });
    });

    describe("dropping details", () => {
      it("leaves the start record and the one that stands for the others, and no snapshot", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([0, 1, 2, 3, 4].map((seq) => append("x", seq)));
        await platform.journal.write([append("y", 0), append("y", 1)]);
        await platform.journal.write([{ kind: "PutSnapshot", snapshot: snapshotOf("x", 3) }]);
        const drop: Write = { kind: "DropDetails", executionId: "x", epoch: 0, seq: 4 };
        for (let time = 0; time < 2; time += 1) {
          expect(await platform.journal.write([drop])).toEqual(written);
          const { snapshot, records } = await platform.log.load("x");
          expect(snapshot).toBeUndefined();
          expect(records).toEqual([recordOf("x", 0), recordOf("x", 4)]);
          expect(await platform.log.read("x", { fromSeq: 1, limit: 1 })).toEqual([
            recordOf("x", 4),
          ]);
        }
        expect(seqsOf((await platform.log.load("y")).records)).toEqual([0, 1]);
      });

      it("leaves no room for a record that comes late", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([0, 1, 2, 3].map((seq) => append("x", seq)));
        await platform.journal.write([{ kind: "DropDetails", executionId: "x", epoch: 0, seq: 3 }]);
        for (const late of [append("x", 1), append("x", 2, { commitId: "late" })])
          expect(await platform.journal.write([late])).toEqual({
            kind: "occupied",
            index: 0,
            found: recordOf("x", 3),
          });
        expect(await platform.journal.write([append("x", 0), append("x", 3)])).toEqual(written);
        expect(seqsOf((await platform.log.load("x")).records)).toEqual([0, 3]);
        expect(await platform.journal.write([append("x", 4)])).toEqual(written);
      });

      it("leaves what comes after, and other epochs' later records", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([0, 1, 2].map((seq) => append("x", seq)));
        const later = { epoch: 1, commitId: "e" };
        await platform.journal.write([append("x", 0, later), append("x", 1, later)]);
        await platform.journal.write([{ kind: "DropDetails", executionId: "x", epoch: 0, seq: 1 }]);
        expect(
          (await platform.log.load("x")).records.map(({ epoch, seq }) => `${epoch}#${seq}`),
        ).toEqual(["0#0", "0#1", "0#2", "1#0", "1#1"]);
      });

      it("of an execution that is not there changes nothing", async () => {
        const { platform } = await openFor(make);
        const drop: Write = { kind: "DropDetails", executionId: "x", epoch: 0, seq: 4 };
        expect(await platform.journal.write([drop])).toEqual(written);
        expect((await platform.log.load("x")).records).toEqual([]);
      });
    });

    describe("a batch", () => {
      it("of nothing is written", async () => {
        const { platform } = await openFor(make);
        expect(await platform.journal.write([])).toEqual(written);
      });

      it("keeps what stands before a refused write and does nothing after it", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([append("x", 0), append("x", 1)]);
        const outcome = await platform.journal.write([
          append("y", 0),
          enqueue("before"),
          append("x", 1, { commitId: "other" }),
          append("x", 2),
          putHead(headOf("x", 2)),
          enqueue("after"),
        ]);
        expect(outcome).toEqual({ kind: "occupied", index: 2, found: recordOf("x", 1) });
        expect(seqsOf((await platform.log.load("x")).records)).toEqual([0, 1]);
        expect(seqsOf((await platform.log.load("y")).records)).toEqual([0]);
        expect(await platform.heads.get("x")).toBeUndefined();
        const items = await platform.queue.receive({ max: 10, visibilityMs: 1_000 });
        expect(items.map(({ itemId }) => itemId)).toEqual(["before"]);
      });

      it("does not suffer from the refusal of another batch that is written with it", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([append("x", 0)]);
        const outcomes = await Promise.all([
          platform.journal.write([append("a", 0), append("a", 1)]),
          platform.journal.write([append("x", 0, { commitId: "other" }), append("x", 1)]),
          platform.journal.write([append("b", 0), append("b", 1)]),
        ]);
        expect(outcomes.map(({ kind }) => kind)).toEqual(["written", "occupied", "written"]);
        expect(seqsOf((await platform.log.load("a")).records)).toEqual([0, 1]);
        expect(seqsOf((await platform.log.load("b")).records)).toEqual([0, 1]);
        expect(seqsOf((await platform.log.load("x")).records)).toEqual([0]);
      });

      it("may be sent again whole after any prefix of it was written", async () => {
        const batch: readonly Write[] = [
          append("x", 0),
          enqueue("item"),
          append("x", 1),
          { kind: "PutSnapshot", snapshot: snapshotOf("x", 1) },
          putHead(headOf("x", 1)),
        ];
        for (let length = 0; length <= batch.length; length += 1) {
          const { platform } = await openFor(make);
          await platform.journal.write(batch.slice(0, length));
          expect(await platform.journal.write(batch)).toEqual(written);
          expect((await platform.log.load("x")).snapshot).toEqual(snapshotOf("x", 1));
          expect(seqsOf(await platform.log.read("x", { fromSeq: 0, limit: 10 }))).toEqual([0, 1]);
          expect((await platform.heads.get("x"))?.head).toEqual(headOf("x", 1));
          const items = await platform.queue.receive({ max: 10, visibilityMs: 1_000 });
          expect([...new Set(items.map(({ itemId }) => itemId))]).toEqual(["item"]);
          if (queue === "exact") expect(items).toHaveLength(1);
        }
      });

      it("is what it was at the call, whatever the caller changes afterwards", async () => {
        const { platform, clock } = await openFor(make);
        const record: LogRecord = recordOf("x", 0);
        const snapshot = snapshotOf("x", 0);
        const itemIds = ["item"];
        const leases = [{ executionId: "x", turn: "turn-1", seq: 0 }];
        await platform.journal.write([enqueue("item"), enqueue("other")]);
        await platform.queue.receive({ max: 10, visibilityMs: 2_000 });
        const done = platform.journal.write([
          { kind: "AppendRecord", record },
          putHead(headOf("x", 0)),
          { kind: "PutSnapshot", snapshot },
          { kind: "ExtendItems", itemIds, visibleAtMs: startMs + 5_000 },
          { kind: "RenewLeases", leases, untilMs: startMs + 3_000 },
        ]);
        Object.assign(record, { facts: [], turn: "changed" });
        snapshot.state.status = "FAILED";
        itemIds[0] = "other";
        leases.pop();
        await done;
        expect(await platform.log.read("x", { fromSeq: 0, limit: 1 })).toEqual([recordOf("x", 0)]);
        expect((await platform.log.load("x")).snapshot?.state.status).toBe("RUNNING");
        expect((await platform.heads.get("x"))?.lease?.turn).toBe("turn-1");
        clock.advanceTo(startMs + 2_000);
        const items = await platform.queue.receive({ max: 10, visibilityMs: 1_000 });
        expect(items.map(({ itemId }) => itemId)).toEqual(["other"]);
      });
    });

    describe("putting a head", () => {
      it("replaces one of a lower or the same position", async () => {
        const { platform } = await openFor(make);
        const failed = { status: "FAILED", error: "E", outcome: "failed (completed)" } as const;
        const heads = [
          headOf("x", 3),
          headOf("x", 3, { name: "same" }),
          endedHeadOf("x", 4, failed),
        ];
        for (const head of heads) {
          expect(await platform.journal.write([putHead(head)])).toEqual(written);
          expect((await platform.heads.get("x"))?.head).toEqual(head);
        }
      });

      it("is refused where the stored head has a higher position, and answers it", async () => {
        const { platform } = await openFor(make);
        const stored = headOf("x", 2, { epoch: 1 });
        await platform.journal.write([putHead(stored)]);
        for (const lower of [headOf("x", 1, { epoch: 1 }), headOf("x", 9), endedHeadOf("x", 9)]) {
          const outcome = await platform.journal.write([append("x", 0), putHead(lower)]);
          expect(outcome).toEqual({ kind: "headAhead", index: 1, found: stored });
        }
        expect((await platform.heads.get("x"))?.head).toEqual(stored);
      });

      it("ends at the highest position when many write at once", async () => {
        const { platform } = await openFor(make);
        await Promise.all(
          [5, 1, 9, 3, 9, 2, 7].map((seq) => platform.journal.write([putHead(headOf("x", seq))])),
        );
        expect((await platform.heads.get("x"))?.head.seq).toBe(9);
      });

      it("needs no record and makes none", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([putHead(headOf("x", 0))]);
        expect(await platform.log.load("x")).toEqual({ snapshot: undefined, records: [] });
        expect(await platform.journal.write([append("x", 0)])).toEqual(written);
      });

      it("drops the fields that the new head does not have", async () => {
        const { platform } = await openFor(make);
        const waitingFor = { kind: "timer", state: "Wait", sinceMs: startMs } as const;
        await platform.journal.write([putHead(headOf("x", 0, { waitingFor }))]);
        expect((await platform.heads.get("x"))?.head.waitingFor).toEqual(waitingFor);
        await platform.journal.write([putHead(endedHeadOf("x", 1, { error: "" }))]);
        expect((await platform.heads.get("x"))?.head).toEqual(endedHeadOf("x", 1, { error: "" }));
      });
    });

    describe("renewing leases", () => {
      const renew = (
        executionIds: readonly string[],
        [turn, seq]: readonly [string, number],
        untilMs: number,
      ): Write => ({
        kind: "RenewLeases",
        leases: executionIds.map((executionId) => ({ executionId, turn, seq })),
        untilMs,
      });

      it("notes the turn and the instant in each head that runs", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([putHead(headOf("x", 0)), putHead(headOf("y", 0))]);
        expect((await platform.heads.get("x"))?.lease).toBeUndefined();
        await platform.journal.write([renew(["x", "y"], ["turn-7", 0], startMs + 3_000)]);
        await platform.journal.write([renew(["y"], ["turn-7", 0], startMs + 6_000)]);
        expect((await platform.heads.get("x"))?.lease).toEqual({
          turn: "turn-7",
          seq: 0,
          untilMs: startMs + 3_000,
        });
        expect((await platform.heads.get("y"))?.lease?.untilMs).toBe(startMs + 6_000);
      });

      it("passes over heads that are gone or have ended", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([putHead(endedHeadOf("ended", 1)), putHead(headOf("x", 0))]);
        const outcome = await platform.journal.write([
          renew(["unknown", "ended", "x"], ["turn-7", 0], startMs + 3_000),
          append("x", 0),
        ]);
        expect(outcome).toEqual({ ...written, outdated: ["unknown", "ended"] });
        expect((await platform.heads.get("ended"))?.lease).toBeUndefined();
        expect(await platform.heads.get("unknown")).toBeUndefined();
        expect((await platform.heads.get("x"))?.lease?.turn).toBe("turn-7");
      });

      it("names heads of a higher position than the turn knows, and renews them all the same", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([putHead(headOf("x", 2)), putHead(headOf("y", 2))]);
        const raised = { executionId: "x", epoch: 0, seq: 3, nextCheckAtMs: startMs };
        await platform.journal.write([{ kind: "RaiseHead", ...raised }]);
        const untilMs = startMs + 3_000;
        expect(await platform.journal.write([renew(["x", "y"], ["turn-7", 2], untilMs)])).toEqual({
          ...written,
          outdated: ["x"],
        });
        expect((await platform.heads.get("x"))?.lease).toEqual({ turn: "turn-7", seq: 2, untilMs });
        // A turn that has written more than its head says knows all of it.
        expect(await platform.journal.write([renew(["x"], ["turn-7", 3], untilMs)])).toEqual(
          written,
        );
      });

      it("names a head whose lease a turn has that knows more, and leaves it to that one", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([putHead(headOf("x", 0))]);
        const untilMs = startMs + 3_000;
        await platform.journal.write([renew(["x"], ["turn-8", 4], untilMs)]);
        expect(await platform.journal.write([renew(["x"], ["turn-7", 3], untilMs + 1)])).toEqual({
          ...written,
          outdated: ["x"],
        });
        expect((await platform.heads.get("x"))?.lease?.turn).toBe("turn-8");
      });

      it("outlives the next head", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([
          putHead(headOf("x", 0)),
          renew(["x"], ["turn-7", 0], startMs + 3_000),
          putHead(headOf("x", 1)),
        ]);
        expect((await platform.heads.get("x"))?.lease?.turn).toBe("turn-7");
      });

      it("passes over the lease of a turn that knew a later record", async () => {
        const { platform } = await openFor(make);
        await platform.journal.write([
          putHead(headOf("x", 0)),
          renew(["x"], ["turn-7", 4], startMs + 3_000),
          renew(["x"], ["turn-8", 5], startMs + 5_000),
          renew(["x"], ["turn-7", 4], startMs + 9_000),
        ]);
        expect((await platform.heads.get("x"))?.lease).toEqual({
          turn: "turn-8",
          seq: 5,
          untilMs: startMs + 5_000,
        });
        await platform.journal.write([renew(["x"], ["turn-8", 5], startMs + 6_000)]);
        expect((await platform.heads.get("x"))?.lease?.untilMs).toBe(startMs + 6_000);
      });
    });

    describe("removing items", () => {
      const batch: readonly Write[] = [
        { kind: "RemoveItem", itemId: "unknown" },
        { kind: "RemoveItem", itemId: "item" },
        { kind: "ExtendItems", itemIds: ["item"], visibleAtMs: startMs },
      ];

      it("takes those that were received and passes over those that are gone", async () => {
        const { platform, clock } = await openFor(make);
        await platform.journal.write([enqueue("item")]);
        await platform.queue.receive({ max: 10, visibilityMs: 1_000 });
        for (let time = 0; time < 2; time += 1) {
          expect(await platform.journal.write(batch)).toEqual(written);
          clock.advanceTo(clock.nowMs() + 1_000);
          expect(await platform.queue.receive({ max: 10, visibilityMs: 1_000 })).toEqual([]);
        }
      });

      it(`${queue === "exact" ? "takes" : "may leave"} those that nobody has received`, async () => {
        const { platform } = await openFor(make);
        expect(await platform.journal.write([enqueue("item"), ...batch])).toEqual(written);
        const items = await platform.queue.receive({ max: 10, visibilityMs: 1_000 });
        expect(items.map(({ itemId }) => itemId)).toEqual(queue === "exact" ? [] : ["item"]);
      });
    });
  });
