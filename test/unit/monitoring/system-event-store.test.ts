import { expect, test } from "vitest";
import { OrchestratorError } from "#core/errors.ts";
import { systemEventsWaitingMax } from "#monitoring/limits.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import type { SystemEvents } from "#monitoring/system-events.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import type { SystemEvent } from "#ports/system-event.ts";

const startMs = Date.UTC(2026, 10, 23, 12);

const failed: SystemEvent = { severity: "error", kind: "turn-failed", message: "it failed" };
const taken: SystemEvent = {
  severity: "warning",
  kind: "execution-taken-over",
  message: "taken over",
  executionId: "p:e",
};

const setUp = (options: { readonly keptMax?: number } = {}) => {
  const trueClock = virtualClock(startMs);
  let offsetMs = 0;
  const clock = { ...trueClock, nowMs: () => trueClock.nowMs() + offsetMs };
  const { documents } = memoryPlatform({ clock });
  let isDown = false;
  let putsLeft: number | undefined;
  const store: DocumentStore = {
    ...documents,
    put: async (document, condition) => {
      if (putsLeft !== undefined) putsLeft -= 1;
      if (isDown || (putsLeft ?? 0) < 0) throw new OrchestratorError("storage-unavailable", "down");
      return documents.put(document, condition);
    },
  };
  const serverOf = (server: string, seed: number): SystemEvents =>
    systemEventStore({ documents: store, clock, entropy: seededEntropy(seed), server, ...options });
  const events = serverOf("server-1", 1);
  return {
    clock,
    events,
    serverOf,
    setBack: (ms: number) => {
      offsetMs -= ms;
    },
    dieAfterPuts: (count: number | undefined) => {
      putsLeft = count;
    },
    setDown: (value: boolean) => {
      isDown = value;
    },
    messages: async (filter: Partial<Parameters<SystemEvents["list"]>[0]> = {}) => {
      const page = await events.list({ limit: 100, ...filter });
      return page.events.map(({ message }) => message);
    },
  };
};

/** Lets what was reported be written. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("an event is kept with its time, its server and what the error behind it says", async () => {
  const { events } = setUp();
  events.report({ ...failed, cause: new RangeError("too deep"), details: { seq: 3 } });
  await settle();
  const { events: found } = await events.list({ limit: 10 });
  expect(found).toEqual([
    {
      eventId: expect.stringMatching(/^20261123t120000000z-/),
      atMs: startMs,
      server: "server-1",
      ...failed,
      cause: "RangeError: too deep",
      details: { seq: 3 },
    },
  ]);
});

test("events of all servers are listed together, the newest first", async () => {
  const { clock, events, serverOf, messages } = setUp();
  const other = serverOf("server-2", 2);
  for (let count = 1; count <= 6; count += 1) {
    clock.advanceTo(startMs + count);
    (count % 2 === 0 ? events : other).report({ ...failed, message: String(count) });
  }
  await settle();
  expect(await messages()).toEqual(["6", "5", "4", "3", "2", "1"]);
});

test("what happened in one moment keeps its order, also when the clock is set back", async () => {
  const { setBack, events, messages } = setUp();
  for (const message of ["a", "b", "c"]) events.report({ ...failed, message });
  setBack(60_000);
  events.report({ ...failed, message: "d" });
  await settle();
  expect(await messages()).toEqual(["d", "c", "b", "a"]);
});

test("a list is filtered by kind, severity, execution and time", async () => {
  const { clock, events, messages } = setUp();
  events.report(failed);
  clock.advanceTo(startMs + 5_000);
  events.report(taken);
  await settle();
  expect(await messages({ kind: "turn-failed" })).toEqual(["it failed"]);
  expect(await messages({ severity: "warning" })).toEqual(["taken over"]);
  expect(await messages({ executionId: "p:e" })).toEqual(["taken over"]);
  expect(await messages({ sinceMs: startMs + 1 })).toEqual(["taken over"]);
  expect(await messages({ kind: "turn-failed", severity: "warning" })).toEqual([]);
});

test("pages together give every event once, also when new ones come in between", async () => {
  const { clock, events } = setUp();
  for (let count = 0; count < 1_200; count += 1) {
    clock.advanceTo(startMs + count);
    events.report({ ...failed, message: String(count) });
    if (count % 100 === 99) await settle();
  }
  await settle();
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await events.list({ limit: 70, after });
    seen.push(...page.events.map(({ message }) => message));
    after = page.next;
    events.report({ ...failed, message: "new" });
    await settle();
  } while (after !== undefined);
  expect(seen).toEqual(Array.from({ length: 1_200 }, (_, index) => String(1_199 - index)));
});

test("only the newest are kept, whoever wrote them", async () => {
  const { clock, events, serverOf, messages } = setUp({ keptMax: 20 });
  const other = serverOf("server-2", 2);
  for (let count = 1; count <= 100; count += 1) {
    clock.advanceTo(startMs + count);
    (count % 2 === 0 ? events : other).report({ ...failed, message: String(count) });
    await settle();
  }
  const found = await messages();
  expect(found.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => `${100 - index}`));
  expect(found.length).toBeLessThanOrEqual(24);
});

test("an outage of the storage loses no event and does not reach whoever reports it", async () => {
  const { clock, events, setDown, messages } = setUp();
  setDown(true);
  events.report(failed);
  events.report(taken);
  await settle();
  expect(await messages()).toEqual([]);
  setDown(false);
  clock.advanceTo(startMs + 10_000);
  await settle();
  expect(await messages()).toEqual(["taken over", "it failed"]);
});

test("what is too much during an outage is counted", async () => {
  const { clock, events, setDown } = setUp();
  setDown(true);
  for (let count = 0; count < systemEventsWaitingMax + 5; count += 1) events.report(failed);
  await settle();
  setDown(false);
  clock.advanceTo(startMs + 10_000);
  for (let round = 0; round < 50; round += 1) await settle();
  const { events: dropped } = await events.list({ limit: 10, kind: "events-dropped" });
  expect(dropped.map(({ details }) => details)).toEqual([{ count: 5 }]);
  const all = await events.list({ limit: 2_000 });
  expect(all.events).toHaveLength(systemEventsWaitingMax + 1);
});

test("closing writes what was reported, and gives up where the storage does not take it", async () => {
  const { events, serverOf, setDown, messages } = setUp();
  events.report(failed);
  await events.close();
  expect(await messages()).toEqual(["it failed"]);
  events.report(taken);
  await settle();
  expect(await messages()).toEqual(["it failed"]);
  const other = serverOf("server-2", 2);
  setDown(true);
  other.report(taken);
  await other.close();
  expect(await messages()).toEqual(["it failed"]);
});

test("an event with a key is there once, whoever tells of it and whenever", async () => {
  const { clock, events, serverOf } = setUp();
  const overdue: SystemEvent = { ...failed, kind: "wait-overdue", key: "wait-overdue p:e 0.1" };
  events.report(overdue);
  serverOf("server-2", 2).report(overdue);
  await settle();
  clock.advanceTo(startMs + 60_000);
  serverOf("server-3", 3).report(overdue);
  events.report({ ...overdue, key: "wait-overdue p:e 0.2" });
  await settle();
  const { events: found } = await events.list({ limit: 10 });
  expect(found.map(({ atMs }) => atMs - startMs)).toEqual([60_000, 0]);
});

test("a server that dies between the claim of an event and the event leaves it to whoever is next", async () => {
  const { clock, events, serverOf, dieAfterPuts } = setUp();
  const overdue: SystemEvent = { ...failed, kind: "wait-overdue", key: "k" };
  const dying = serverOf("server-2", 2);
  dieAfterPuts(1);
  dying.report(overdue);
  await settle();
  await dying.close();
  dieAfterPuts(undefined);
  clock.advanceTo(startMs + 60_000);
  events.report(overdue);
  await settle();
  events.report(overdue);
  await settle();
  const { events: found } = await events.list({ limit: 10 });
  expect(found).toMatchObject([{ server: "server-1", kind: "wait-overdue" }]);
});

test("what is reported in the moment in which the writing ends is written, too", async () => {
  for (let steps = 0; steps < 12; steps += 1) {
    const { documents } = memoryPlatform({ clock: virtualClock(startMs) });
    let tell = () => {};
    const events = systemEventStore({
      documents: {
        ...documents,
        // The last thing that the writer does after the first event.
        list: async (...given) => {
          const page = await documents.list(...given);
          tell();
          return page;
        },
      },
      clock: virtualClock(startMs),
      entropy: seededEntropy(1),
      server: "server-1",
    });
    tell = () => {
      tell = () => {};
      let after = Promise.resolve();
      for (let step = 0; step < steps; step += 1) after = after.then(() => {});
      void after.then(() => events.report(taken));
    };
    events.report(failed);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const { events: written } = await events.list({ limit: 10 });
    expect(
      written.map(({ kind }) => kind),
      `after ${steps} steps`,
    ).toHaveLength(2);
  }
});
