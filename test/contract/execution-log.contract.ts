import { describe, expect, it } from "vitest";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { append, type MakePlatform, openFor, recordOf, seqsOf, snapshotOf } from "./fixture.ts";

/** What `ExecutionLog` promises. */
export const executionLogContract = (name: string, make: MakePlatform) =>
  describe(`execution log on ${name}`, () => {
    it("shows nothing of an unknown execution", async () => {
      const { platform } = await openFor(make);
      expect(await platform.log.load("x")).toEqual({ snapshot: undefined, records: [] });
      expect(await platform.log.read("x", { fromSeq: 0, limit: 10 })).toEqual([]);
      expect(await platform.log.last("x")).toBeUndefined();
    });

    it("tells where the last record is as soon as it is acknowledged", async () => {
      const { platform } = await openFor(make);
      const positions = [
        { epoch: 0, seq: 0 },
        { epoch: 0, seq: 9 },
        { epoch: 0, seq: 10 },
        { epoch: 1, seq: 0 },
      ];
      await platform.journal.write([append("xy", 20)]);
      for (const { epoch, seq } of positions) {
        await platform.journal.write([append("x", seq, { epoch })]);
        expect(await platform.log.last("x")).toEqual({ epoch, seq });
      }
      await platform.journal.write([
        { kind: "PutSnapshot", snapshot: snapshotOf("x", 0, 1) },
        { kind: "DropDetails", executionId: "x", epoch: 1, seq: 0 },
      ]);
      expect(await platform.log.last("x")).toEqual({ epoch: 1, seq: 0 });
    });

    it("loads every record, oldest first, in whatever order the epochs were written", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([append("x", 0, { epoch: 1 })]);
      for (const seq of [0, 1, 2, 9, 10]) await platform.journal.write([append("x", seq)]);
      const { snapshot, records } = await platform.log.load("x");
      expect(snapshot).toBeUndefined();
      expect(records.map(({ epoch, seq }) => [epoch, seq])).toEqual([
        [0, 0],
        [0, 1],
        [0, 2],
        [0, 9],
        [0, 10],
        [1, 0],
      ]);
    });

    it("shows a write as soon as it is acknowledged", async () => {
      const { platform } = await openFor(make);
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          for (let seq = 0; seq < 5; seq += 1) {
            await platform.journal.write([append(`x${index}`, seq)]);
            expect(seqsOf((await platform.log.load(`x${index}`)).records)).toHaveLength(seq + 1);
          }
        }),
      );
    });

    it("loads the newest snapshot and only the records after it", async () => {
      const { platform } = await openFor(make);
      for (let seq = 0; seq < 6; seq += 1) await platform.journal.write([append("x", seq)]);
      for (const seq of [1, 3]) {
        await platform.journal.write([{ kind: "PutSnapshot", snapshot: snapshotOf("x", seq) }]);
        const { snapshot, records } = await platform.log.load("x");
        expect(snapshot).toEqual(snapshotOf("x", seq));
        expect(records[0]).toEqual(recordOf("x", seq + 1));
        expect(records.at(-1)).toEqual(recordOf("x", 5));
      }
    });

    it("loads all that is behind a snapshot, however much that is", async () => {
      const { platform } = await openFor(make);
      const seqs = Array.from({ length: 200 }, (_, seq) => seq);
      await platform.journal.write(seqs.map((seq) => append("x", seq)));
      for (const at of [20, 100, 150, 198, 199]) {
        await platform.journal.write([{ kind: "PutSnapshot", snapshot: snapshotOf("x", at) }]);
        expect(seqsOf((await platform.log.load("x")).records)).toEqual(seqs.slice(at + 1));
      }
    });

    it("is not set back by a snapshot that arrives late", async () => {
      const { platform } = await openFor(make);
      for (let seq = 0; seq < 4; seq += 1) await platform.journal.write([append("x", seq)]);
      for (const seq of [2, 1])
        await platform.journal.write([{ kind: "PutSnapshot", snapshot: snapshotOf("x", seq) }]);
      const { snapshot, records } = await platform.log.load("x");
      expect(snapshot).toEqual(snapshotOf("x", 2));
      expect(seqsOf(records)).toEqual([3]);
    });

    it("orders snapshots and records by epoch before seq", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([append("x", 0), append("x", 9)]);
      await platform.journal.write([
        append("x", 1, { epoch: 1 }),
        append("x", 2, { epoch: 1 }),
        { kind: "PutSnapshot", snapshot: snapshotOf("x", 9) },
        { kind: "PutSnapshot", snapshot: snapshotOf("x", 1, 1) },
        { kind: "PutSnapshot", snapshot: snapshotOf("x", 9) },
      ]);
      const { snapshot, records } = await platform.log.load("x");
      expect(snapshot).toEqual(snapshotOf("x", 1, 1));
      expect(records.map(({ epoch, seq }) => [epoch, seq])).toEqual([[1, 2]]);
    });

    it("keeps the records before a snapshot for the history", async () => {
      const { platform } = await openFor(make);
      for (let seq = 0; seq < 6; seq += 1) await platform.journal.write([append("x", seq)]);
      await platform.journal.write([{ kind: "PutSnapshot", snapshot: snapshotOf("x", 4) }]);
      const read = async (fromSeq: number, limit: number) =>
        seqsOf(await platform.log.read("x", { fromSeq, limit }));
      expect(await read(0, 100)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(await read(2, 3)).toEqual([2, 3, 4]);
      expect(await read(5, 3)).toEqual([5]);
      expect(await read(6, 3)).toEqual([]);
    });

    it("takes a snapshot of a megabyte that nothing makes smaller", async () => {
      const { platform } = await openFor(make);
      const { state, ...position } = snapshotOf("x", 0);
      const noise = seededEntropy(1).hex(2 ** 19);
      const snapshot = { ...position, state: { ...state, input: noise } };
      await platform.journal.write([append("x", 0), { kind: "PutSnapshot", snapshot }]);
      expect((await platform.log.load("x")).snapshot).toEqual(snapshot);
    });

    it("gives every reader values of its own", async () => {
      const { platform } = await openFor(make);
      const snapshot = snapshotOf("x", 0);
      await platform.journal.write([append("x", 0), { kind: "PutSnapshot", snapshot }]);
      const [record] = await platform.log.read("x", { fromSeq: 0, limit: 1 });
      Object.assign(record ?? {}, { facts: [] });
      const loaded = await platform.log.load("x");
      if (loaded.snapshot !== undefined) loaded.snapshot.state.status = "FAILED";
      expect(await platform.log.read("x", { fromSeq: 0, limit: 1 })).toEqual([recordOf("x", 0)]);
      expect((await platform.log.load("x")).snapshot).toEqual(snapshotOf("x", 0));
    });

    it("reads a log of 5,000 records in its order", async () => {
      const { platform } = await openFor(make);
      const seqs = Array.from({ length: 5_000 }, (_, seq) => seq);
      await platform.journal.write(seqs.map((seq) => append("x", seq)));
      expect(seqsOf((await platform.log.load("x")).records)).toEqual(seqs);
    });
  });
