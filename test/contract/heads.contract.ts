import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import type { ExecutionStatus } from "#core/execution/state.ts";
import type { Head, HeadFilter, Heads, WaitingKind } from "#ports/heads.ts";
import {
  append,
  endedHeadOf,
  headOf,
  type MakePlatform,
  openFor,
  putHead,
  startMs,
} from "./fixture.ts";

const idsOf = (heads: readonly Head[]): readonly string[] =>
  heads.map(({ executionId }) => executionId);

/** Heads of executions that were started one millisecond after the other. */
const startedInTurn = (heads: readonly Head[]): readonly Head[] =>
  heads.map((head, index) => ({ ...head, startedAtMs: startMs + index }));

/** Every other one waits for its turn. */
const everyOther = (index: number): Partial<Head> =>
  index % 2 === 0 ? {} : { waitingFor: { kind: "turn", sinceMs: startMs } };

/** Execution ids of every page of a list; `between` runs after each page. */
const allPages = async (
  heads: Heads,
  options: HeadFilter & { readonly limit: number },
  between: () => Promise<void> = async () => undefined,
): Promise<readonly (readonly string[])[]> => {
  const pages: (readonly string[])[] = [];
  let after: string | undefined;
  do {
    const page = await heads.list({ ...options, ...(after === undefined ? {} : { after }) });
    pages.push(idsOf(page.heads));
    after = page.next;
    await between();
  } while (after !== undefined);
  return pages;
};

/** What `Heads` promises. */
export const headsContract = (name: string, make: MakePlatform) =>
  describe(`heads on ${name}`, () => {
    it("knows no head of an execution that has only records", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([append("x", 0)]);
      expect(await platform.heads.get("x")).toBeUndefined();
      expect(await platform.heads.get("unknown")).toBeUndefined();
      expect(await platform.heads.list({ limit: 10 })).toEqual({ heads: [], next: undefined });
      expect(await platform.heads.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    });

    it("shows how often an execution was redriven, and when", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([append("a", 0), append("b", 0)]);
      const redriven = { count: 2, atMs: startMs + 7 };
      await platform.journal.write([
        putHead(headOf("a", 0)),
        putHead(endedHeadOf("b", 0, { redriven })),
      ]);
      expect((await platform.heads.get("b"))?.head.redriven).toEqual(redriven);
      const { heads } = await platform.heads.list({ limit: 10 });
      expect(heads.map((head) => head.redriven)).toEqual([redriven, undefined]);
    });

    it("lists the newest start first, the log's start record and not its head deciding", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([append("a", 0), append("b", 0), append("c", 0)]);
      const [a, b, c] = startedInTurn(["a", "b", "c"].map((id) => headOf(id, 0)));
      for (const head of [b, c, a])
        if (head !== undefined) await platform.journal.write([putHead(head)]);
      expect(idsOf((await platform.heads.list({ limit: 10 })).heads)).toEqual(["c", "b", "a"]);
    });

    it("lists those that wait for something of a kind, of a process too", async () => {
      const { platform } = await openFor(make);
      const waiting = (id: string, process: string, kind: WaitingKind) =>
        headOf(id, 0, { process, waitingFor: { kind, state: "A", sinceMs: startMs } });
      const heads = startedInTurn([
        waiting("p:a", "p", "callback"),
        waiting("q:b", "q", "callback"),
        waiting("p:c", "p", "worker"),
        endedHeadOf("p:d", 0, { process: "p" }),
        waiting("p:e", "p", "callback"),
      ]);
      for (const head of heads) await platform.journal.write([putHead(head)]);
      const listed = (filter: HeadFilter) => allPages(platform.heads, { ...filter, limit: 1 });
      expect(await listed({ waitingFor: "callback" })).toEqual([["p:e"], ["q:b"], ["p:a"]]);
      expect(await listed({ waitingFor: "callback", process: "p" })).toEqual([["p:e"], ["p:a"]]);
      expect(await listed({ waitingFor: "worker", status: "RUNNING" })).toEqual([["p:c"]]);
      expect(await listed({ waitingFor: "callback", status: "FAILED" })).toEqual([[]]);
      expect(await listed({ waitingFor: "timer" })).toEqual([[]]);
    });

    it("lists those that wait since an instant or before, of any kind", async () => {
      const { platform } = await openFor(make);
      const waiting = (id: string, kind: WaitingKind, sinceMs: number) =>
        headOf(id, 0, { process: "p", waitingFor: { kind, state: "A", sinceMs } });
      const heads = startedInTurn([
        waiting("p:a", "callback", startMs),
        waiting("p:b", "timer", startMs + 1),
        endedHeadOf("p:c", 0, { process: "p" }),
        waiting("p:d", "worker", startMs + 2),
      ]);
      for (const head of heads) await platform.journal.write([putHead(head)]);
      const listed = (filter: HeadFilter) => allPages(platform.heads, { ...filter, limit: 1 });
      const waitingSinceMs = startMs + 1;
      expect(await listed({ waitingSinceMs })).toEqual([["p:b"], ["p:a"]]);
      expect(await listed({ waitingSinceMs, waitingFor: "timer" })).toEqual([["p:b"]]);
      expect(await listed({ waitingSinceMs, process: "q" })).toEqual([[]]);
      expect(await listed({ waitingSinceMs: startMs - 1 })).toEqual([[]]);
    });

    it("lists by process, by status and by both", async () => {
      const { platform } = await openFor(make);
      const statuses: ExecutionStatus[] = [
        "RUNNING",
        "SUCCEEDED",
        "FAILED",
        "TIMED_OUT",
        "ABORTED",
      ];
      const all = startedInTurn(
        statuses.flatMap((status) =>
          ["p", "q"].map((process) =>
            status === "RUNNING"
              ? headOf(`${process}:${status}`, 0, { process })
              : endedHeadOf(`${process}:${status}`, 0, { process, status }),
          ),
        ),
      );
      for (const head of all) await platform.journal.write([putHead(head)]);
      const filters: HeadFilter[] = [undefined, "p", "q", "unknown"].flatMap((process) =>
        [undefined, ...statuses].map((status) => ({
          ...(process === undefined ? {} : { process }),
          ...(status === undefined ? {} : { status }),
        })),
      );
      for (const filter of filters) {
        const expected = all.filter((head) => isDeepStrictEqual({ ...head, ...filter }, head));
        const { heads } = await platform.heads.list({ ...filter, limit: 100 });
        expect(heads).toEqual([...expected].reverse());
      }
    });

    it.each<HeadFilter>([
      {},
      { process: "backup" },
      { status: "RUNNING" },
      { process: "backup", status: "RUNNING" },
    ])(
      "pages through %o without gap or repetition while executions start and end",
      async (filter) => {
        const { platform } = await openFor(make);
        const ids = Array.from({ length: 25 }, (_, index) => `backup:x${index}`);
        const all = startedInTurn(ids.map((id, index) => headOf(id, 0, everyOther(index))));
        for (const head of all) await platform.journal.write([putHead(head)]);
        let started = 0;
        const pages = await allPages(platform.heads, { ...filter, limit: 10 }, async () => {
          started += 1;
          await platform.journal.write([
            putHead(headOf(`backup:late${started}`, 0, { startedAtMs: startMs + 100 + started })),
            ...all.slice(-1).map((head) => putHead({ ...head, seq: started })),
          ]);
        });
        expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
        expect(pages.flat()).toEqual([...ids].reverse());
      },
    );

    it("says that there is no next page when the last one is full", async () => {
      const { platform } = await openFor(make);
      for (const id of ["a", "b"]) await platform.journal.write([putHead(headOf(id, 0))]);
      expect((await platform.heads.list({ limit: 2 })).next).toBeUndefined();
      expect((await platform.heads.list({ limit: 1 })).next).toBeDefined();
    });

    it("lists an execution once while it waits for a turn, for something else and for a turn again", async () => {
      const { platform } = await openFor(make);
      const waits = (["turn", "timer", "turn"] as const).map((kind) => ({
        kind,
        sinceMs: startMs,
      }));
      const ids = async (filter: HeadFilter) => allPages(platform.heads, { ...filter, limit: 1 });
      for (const [seq, waitingFor] of waits.entries()) {
        await platform.journal.write([putHead(headOf("p:x", seq, { process: "p", waitingFor }))]);
        expect(await ids({})).toEqual([["p:x"]]);
        expect(await ids({ status: "RUNNING", process: "p" })).toEqual([["p:x"]]);
        expect(await ids({ waitingFor: waitingFor.kind })).toEqual([["p:x"]]);
        expect(await ids({ waitingFor: waitingFor.kind === "turn" ? "timer" : "turn" })).toEqual([
          [],
        ]);
        expect(await ids({ process: "q" })).toEqual([[]]);
        expect(idsOf(await platform.heads.due(Number.MAX_SAFE_INTEGER, 10))).toEqual(["p:x"]);
      }
      await platform.journal.write([putHead(endedHeadOf("p:x", 3, { process: "p" }))]);
      expect(await ids({ status: "RUNNING" })).toEqual([[]]);
      expect(await ids({ status: "SUCCEEDED" })).toEqual([["p:x"]]);
      expect(await platform.heads.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    });

    it("moves an execution from one status list to the other when it ends", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([putHead(headOf("x", 0)), putHead(endedHeadOf("x", 1))]);
      const list = async (status: ExecutionStatus) =>
        idsOf((await platform.heads.list({ status, limit: 10 })).heads);
      expect(await list("RUNNING")).toEqual([]);
      expect(await list("SUCCEEDED")).toEqual(["x"]);
    });

    it("answers what is due, oldest first, up to the limit", async () => {
      const { platform } = await openFor(make);
      const delays = [500, 100, 400, 200, 300];
      for (const [index, delayMs] of delays.entries())
        await platform.journal.write([
          putHead(
            headOf(`x${delayMs}`, 0, { ...everyOther(index), nextCheckAtMs: startMs + delayMs }),
          ),
        ]);
      const due = async (delayMs: number, limit: number) =>
        idsOf(await platform.heads.due(startMs + delayMs, limit));
      expect(await due(99, 10)).toEqual([]);
      expect(await due(300, 10)).toEqual(["x100", "x200", "x300"]);
      expect(await due(1_000, 2)).toEqual(["x100", "x200"]);
    });

    it("answers the earliest check later than an instant", async () => {
      const { platform } = await openFor(make);
      expect(await platform.heads.nextDueAtMs(0)).toBeUndefined();
      for (const [index, delayMs] of [300, 100, 200].entries())
        await platform.journal.write([
          putHead(
            headOf(`x${delayMs}`, 0, { ...everyOther(index), nextCheckAtMs: startMs + delayMs }),
          ),
        ]);
      expect(await platform.heads.nextDueAtMs(startMs)).toBe(startMs + 100);
      expect(await platform.heads.nextDueAtMs(startMs + 100)).toBe(startMs + 200);
      expect(await platform.heads.nextDueAtMs(startMs + 300)).toBeUndefined();
    });

    it("looks at an execution again only when its newest head says so", async () => {
      const { platform } = await openFor(make);
      await platform.journal.write([
        putHead(headOf("x", 0, { nextCheckAtMs: startMs + 100 })),
        putHead(headOf("x", 1, { nextCheckAtMs: startMs + 900 })),
        putHead(headOf("y", 0, { nextCheckAtMs: startMs + 100 })),
        putHead(endedHeadOf("y", 1)),
      ]);
      expect(await platform.heads.due(startMs + 899, 10)).toEqual([]);
      expect(await platform.heads.nextDueAtMs(0)).toBe(startMs + 900);
      expect(idsOf(await platform.heads.due(startMs + 900, 10))).toEqual(["x"]);
    });

    it("shows a head as soon as its write is acknowledged", async () => {
      const { platform } = await openFor(make);
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          await platform.journal.write([putHead(headOf(`x${index}`, 0))]);
          expect((await platform.heads.get(`x${index}`))?.head).toEqual(headOf(`x${index}`, 0));
        }),
      );
    });
  });
