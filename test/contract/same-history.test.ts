/** One process, one history: whatever the platform that the engine runs on. */
import fc from "fast-check";
import { expect, test } from "vitest";
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
import { anyDefinition } from "../unit/execution/any-definition.ts";
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

/** The history of an execution on a platform, read back from its log. */
const live = async (
  program: Program,
  platform: Platform,
  clock: VirtualClock,
): Promise<readonly HistoryEvent[]> => {
  const engine = createEngine({
    platform,
    clock,
    entropy: seededEntropy(7),
    runner: {
      run: ({ activity, attempt }) => answerTo(activity, attempt),
      mayRestart: () => true,
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
  const records = await platform.log.read(executionId, { fromSeq: 0, limit: 10_000 });
  const events: HistoryEvent[] = [];
  await fold(program, { executionId, records }, (event) => events.push(event));
  const closing = engine.close({ graceMs: 0 });
  clock.advanceTo(clock.nowMs() + 1_000);
  await closing;
  expect(await isEnded()).toBe(true);
  return events;
};

const programOf = (definition: StateMachine): Program => ({
  process: "p",
  version: 1,
  definition,
  valueSizeMax: 500,
});

test("the memory and the embedded platform give the same history", async () => {
  const { database, close } = openDataDirectory(temporaryDirectory());
  const tables = ["executions", "records", "snapshots", "work_items"];
  await fc.assert(
    fc.asyncProperty(anyDefinition(1), async (definition) => {
      for (const table of tables) database.exec(`DELETE FROM ${table}`);
      const program = programOf(forward(definition));
      const memoryClock = virtualClock(startMs);
      const expected = await live(program, memoryPlatform({ clock: memoryClock }), memoryClock);
      const embeddedClock = virtualClock(startMs);
      const { ports, stop } = portsOn(database, embeddedClock);
      const actual = await live(program, ports, embeddedClock);
      stop();
      expect(actual).toEqual(expected);
    }),
    { numRuns: 40 },
  );
  close();
});
