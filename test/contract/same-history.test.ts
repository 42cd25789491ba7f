/** One process, one history: whatever the platform that the engine runs on. */

import { expect, onTestFinished, test, vi } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import { signalsResource } from "#core/asl/signals-resource.ts";
import { fold } from "#core/execution/fold.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Program } from "#core/execution/program.ts";
import { createEngine } from "#engine/create-engine.ts";
import { embeddedSettings } from "#engine/settings.ts";
import { openDataDirectory } from "#platforms/embedded/data-directory.ts";
import { portsOn } from "#platforms/embedded/embedded-platform.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { type VirtualClock, virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { ActivityResult } from "#ports/activity-runner.ts";
import type { Platform } from "#ports/platform.ts";
import { fc } from "../fast-check.ts";
import { anyDefinition } from "../unit/execution/any-definition.ts";
import { openEnvironment, startAwsServers } from "./aws-servers.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const startMs = Date.UTC(2026, 0, 1);
/** Instants within which every execution ends. */
const instantsMax = 500;

const errors = ["A", "B", "States.Timeout"];

/** What an activity does depends on nothing but its name and the attempt. */
const answerTo = (activity: string, attempt: number): ActivityResult => {
  const chance = [...`${activity}/${attempt}`].reduce(
    (sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997,
    7,
  );
  return chance % 3 === 0
    ? { kind: "failed", error: errors[chance % errors.length] ?? "A", cause: "as it happens" }
    : { kind: "succeeded", output: [chance] };
};

/** A platform, its clock, and what waits until an engine on it has done all that it can. */
interface Stage {
  readonly platform: Platform;
  readonly clock: VirtualClock;
  readonly settle: () => Promise<void>;
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** An end for what has none by itself: a loop, and a wait for signals that nobody sends. */
const endOf = (state: State): object => {
  if (state.Type === "Map" && state.Orchestration?.While !== undefined)
    return { Orchestration: { While: { Variable: "$$.Map.Item.Index", NumericLessThan: 2 } } };
  return state.Type === "Task" && state.Resource === signalsResource ? { TimeoutSeconds: 2 } : {};
};

/** A state that leads to later ones only. */
const forwardState = (state: State, isLater: (name: string | undefined) => boolean): State => {
  const later = { ...state, ...endOf(state) } as Record<string, unknown>;
  if (state.Type === "Choice")
    return state.Choices.every(({ Next }) => isLater(Next)) && isLater(state.Default)
      ? state
      : { Type: "Succeed" };
  if ("Next" in state && !isLater(state.Next)) {
    delete later["Next"];
    later["End"] = true;
  }
  if ("Catch" in state) later["Catch"] = state.Catch?.filter(({ Next }) => isLater(Next));
  if (state.Type === "Parallel") later["Branches"] = state.Branches.map(forward);
  if (state.Type === "Map" && state.ItemProcessor !== undefined)
    later["ItemProcessor"] = forward(state.ItemProcessor);
  return later as unknown as State;
};

/** The same machine without its loops, so that it ends. */
const forward = (machine: StateMachine): StateMachine => {
  const names = Object.keys(machine.States);
  const states = Object.entries(machine.States).map(([name, state], index) => [
    name,
    forwardState(state, (next) => names.indexOf(next ?? "") > index),
  ]);
  return { ...machine, States: Object.fromEntries(states) };
};

/** A Map state that works on three items with this machine, so that each run has branches at once. */
const onItems = (machine: StateMachine, concurrency: number): StateMachine => ({
  StartAt: "Items",
  States: {
    Items: {
      Type: "Map",
      ItemProcessor: machine,
      MaxConcurrency: concurrency,
      ToleratedFailureCount: 1,
      Retry: [{ ErrorEquals: ["A"], IntervalSeconds: 1, MaxAttempts: 1, JitterStrategy: "FULL" }],
      End: true,
    },
  },
});

const definitions = fc.oneof(
  anyDefinition(1).map(forward),
  fc
    .tuple(anyDefinition(1), fc.integer({ min: 0, max: 2 }))
    .map(([machine, concurrency]) => onItems(forward(machine), concurrency)),
);

/**
 * The same machine, whose Map states run their items as executions of their own. A failed item ends no
 * map, and no branch beside it does: which of the other items had been started or had ended by then is a
 * race between executions, and each answer to it is right.
 */
const distributed = (machine: StateMachine): StateMachine => {
  const states = Object.entries(machine.States).map(([name, state]) => {
    if (state.Type !== "Map" || state.ItemProcessor === undefined) return [name, state];
    const ProcessorConfig = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" };
    const ItemProcessor = { ...state.ItemProcessor, ProcessorConfig };
    const { ToleratedFailureCount: _, ...map } = state;
    return [name, { ...map, ToleratedFailurePercentage: 100, ItemProcessor }];
  });
  return { ...machine, States: Object.fromEntries(states) };
};

/** The history of every execution that there is on a platform, read back from its log, by its id. */
const historiesOf = async (
  program: Program,
  platform: Platform,
): Promise<Readonly<Record<string, readonly HistoryEvent[]>>> => {
  const { heads } = await platform.heads.list({ limit: 1_000 });
  const histories: [string, readonly HistoryEvent[]][] = [];
  for (const { executionId, process } of heads) {
    const records = await platform.log.read(executionId, { fromSeq: 0, limit: 10_000 });
    const events: HistoryEvent[] = [];
    await fold({ ...program, process }, { executionId, records }, (event) => events.push(event));
    histories.push([executionId, events]);
  }
  return Object.fromEntries(histories);
};

/** The histories of an execution on a platform and of those that it starts. */
const live = async (
  program: Program,
  { platform, clock, settle }: Stage,
): Promise<Readonly<Record<string, readonly HistoryEvent[]>>> => {
  const engine = createEngine({
    platform,
    clock,
    entropy: seededEntropy(7),
    runner: {
      run: ({ activity, attempt }) => answerTo(activity, attempt),
      mayRestart: () => true,
      mayVerify: () => false,
    },
    program: () => program,
    settings: { ...embeddedSettings, snapshotEveryRecords: 3 },
    server: "s",
    onSystemEvent: (event) => expect.unreachable(event.message),
  });
  const starting = engine.start({ process: "p", input: ["a", "b", "c"], startedBy: "test" });
  await settle();
  const { executionId } = await starting;
  const isEnded = async () =>
    ((await platform.heads.get(executionId))?.head.status ?? "RUNNING") !== "RUNNING";
  for (let count = 0; count < instantsMax && !(await isEnded()); count += 1) {
    clock.runNext();
    await settle();
  }
  const histories = await historiesOf(program, platform);
  const closing = engine.close({ graceMs: 0 });
  clock.advanceTo(clock.nowMs() + 1_000);
  await closing;
  expect(await isEnded()).toBe(true);
  return histories;
};

const programOf = (definition: StateMachine): Program => ({
  process: "p",
  version: 1,
  definition,
  valueSizeMax: 500,
});

/**
 * Without the instants: where executions tell each other of their ends, a turn that is just settling is
 * told by its work item, or, if that is not noticed, by the sweep a second later.
 */
const withoutInstants = (histories: Awaited<ReturnType<typeof live>>) =>
  Object.fromEntries(
    Object.entries(histories).map(([id, events]) => [
      id,
      events.map(({ timestampMs: _, ...event }) => event),
    ]),
  );

/** A queue that knows whole seconds only may have a branch wait for the one that is due a little later. */
const inWholeSeconds = (machine: StateMachine): StateMachine =>
  JSON.parse(JSON.stringify(machine).replaceAll('"FULL"', '"NONE"'));

const onMemory = (): Stage => {
  const clock = virtualClock(startMs);
  return { platform: memoryPlatform({ clock }), clock, settle };
};

const shapes = [
  {
    kind: "inline",
    map: (machine: StateMachine) => machine,
    comparable: (histories: Awaited<ReturnType<typeof live>>): object => histories,
  },
  { kind: "distributed", map: distributed, comparable: withoutInstants },
];

test.each(shapes)(
  "the memory and the embedded platform give the same history, with $kind maps",
  async ({ map, comparable }) => {
    const { database, close } = openDataDirectory(temporaryDirectory());
    const tables = ["executions", "records", "snapshots", "work_items"];
    let eventCount = 0;
    let executionCount = 0;
    await fc.assert(
      fc.asyncProperty(definitions, async (definition) => {
        for (const table of tables) database.exec(`DELETE FROM ${table}`);
        const program = programOf(map(definition));
        const expected = await live(program, onMemory());
        const clock = virtualClock(startMs);
        const { ports, stop } = portsOn(database, clock);
        const actual = await live(program, { platform: ports, clock, settle });
        stop();
        executionCount += Object.keys(expected).length;
        eventCount += Object.values(expected).flat().length;
        expect(comparable(actual)).toEqual(comparable(expected));
      }),
      { numRuns: 40 },
    );
    close();
    // Else it would be of definitions that end where they begin.
    expect(eventCount).toBeGreaterThan(200);
    expect(executionCount).toBeGreaterThan(map === distributed ? 60 : 39);
  },
);

test.each(shapes)(
  "the memory and the AWS platform give the same history, with $kind maps",
  async ({ map }) => {
    const servers = await startAwsServers();
    onTestFinished(servers.stop);
    onTestFinished(() => void vi.restoreAllMocks());
    let eventCount = 0;
    await fc.assert(
      fc.asyncProperty(definitions, async (definition) => {
        const program = programOf(map(inWholeSeconds(definition)));
        const expected = await live(program, onMemory());
        const clock = virtualClock(startMs);
        // The queue's server takes the time from here.
        vi.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
        const { platform, quiet, close } = await openEnvironment(servers, clock);
        const actual = await live(program, { platform, clock, settle: quiet });
        await close();
        eventCount += Object.values(expected).flat().length;
        expect(withoutInstants(actual)).toEqual(withoutInstants(expected));
      }),
      { numRuns: 15 },
    );
    expect(eventCount).toBeGreaterThan(75);
  },
);

test("an execution whose error is larger than an item of DynamoDB ends on AWS as on the others", async () => {
  const servers = await startAwsServers();
  onTestFinished(servers.stop);
  onTestFinished(() => void vi.restoreAllMocks());
  const definition: StateMachine = {
    QueryLanguage: "JSONata",
    StartAt: "Refuse",
    States: { Refuse: { Type: "Fail", Error: "{% $pad('', 500000, 'x') %}" } },
  };
  const program: Program = { process: "p", version: 1, definition };
  const expected = await live(program, onMemory());
  const clock = virtualClock(startMs);
  vi.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
  const { platform, quiet, close } = await openEnvironment(servers, clock);
  const actual = await live(program, { platform, clock, settle: quiet });
  await close();
  expect(withoutInstants(actual)).toEqual(withoutInstants(expected));
});
