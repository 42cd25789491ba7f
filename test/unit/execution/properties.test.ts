/** What holds for every definition and every order of events. */

import { describe, expect, test } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { advance, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Fact } from "#core/execution/facts.ts";
import { fold } from "#core/execution/fold.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Program } from "#core/execution/program.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { Branch, ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import { fc } from "../../fast-check.ts";
import { anyDefinition } from "./any-definition.ts";
import { programOf, startAtMs, startOf } from "./scenario.ts";

const recordsMax = 30;

/** Loops that wrap their data end early, so that histories stay small. */
const smallProgramOf = (definition: StateMachine): Program => ({
  ...programOf(definition),
  valueSizeMax: 500,
});

/** What a chance number makes of an execution: an answer, a loss, a beat, a signal, a stop, time that passes. */
const factOf = (state: ExecutionState, chance: number): { fact: Fact; afterMs: number } => {
  const activities = Object.values(state.activities);
  const chosen = activities[chance % Math.max(1, activities.length)];
  const kind = Math.floor(chance / 64) % 12;
  const timerAtMs = nextTimerAtMs(state);
  const time = {
    fact: { kind: "TimePassed" } as const,
    afterMs:
      timerAtMs === undefined ? 1_000 : Math.max(0, timerAtMs - state.nowMs) + (chance % 3) * 500,
  };
  if (kind === 10) {
    const name = ["a", "b", "c"][chance % 3] as string;
    const signal = {
      kind: "SignalReceived",
      id: `s${chance % 20}`,
      name,
      payload: chance,
    } as const;
    return { fact: { ...signal, by: "x" }, afterMs: chance % 700 };
  }
  if (kind === 11 && chance % 5 === 0)
    return { fact: { kind: "StopRequested", by: "x" }, afterMs: 1 };
  if (chosen === undefined || kind >= 9) return time;
  const { id: activity, attempt } = chosen;
  const afterMs = chance % 700;
  if (kind < 5)
    return {
      fact: { kind: "ActivitySucceeded", activity, attempt, output: [chance % 7] },
      afterMs,
    };
  if (kind < 7) {
    const error = ["A", "B", "States.Runtime"][chance % 3] as string;
    return { fact: { kind: "ActivityFailed", activity, attempt, error }, afterMs };
  }
  if (kind === 7) return { fact: { kind: "ActivityHeartbeat", activity, attempt }, afterMs };
  const resolution = chance % 2 === 0 ? "restart" : "fail";
  return {
    fact: { kind: "TakenOver", fromTurn: "t", interrupted: [{ activity, attempt, resolution }] },
    afterMs,
  };
};

interface Lived {
  readonly state: ExecutionState;
  readonly records: readonly LogRecord[];
  readonly snapshots: readonly string[];
  readonly events: readonly HistoryEvent[];
}

const live = (definition: StateMachine, chances: readonly number[]): Lived => {
  const program = smallProgramOf(definition);
  const started = startOf(["a", "b", "c"]);
  const state = initialState("e1", started, startAtMs);
  const records: LogRecord[] = [];
  const snapshots: string[] = [];
  const events: HistoryEvent[] = [];
  const take = (fact: Fact, atMs: number) => {
    const sink = (event: HistoryEvent) => events.push(event);
    const commands = drive(advance(program, state, { fact, atMs, sink }));
    if (commands instanceof Promise) return expect.unreachable("no JSONata here");
    records.push({
      executionId: "e1",
      epoch: 0,
      seq: records.length,
      commitId: `c${records.length}`,
      server: "s",
      turn: "t",
      atMs,
      facts: [fact],
      commands,
      doneThrough: -1,
    });
    snapshots.push(JSON.stringify(state));
  };
  take(started, startAtMs);
  for (const chance of chances) {
    if (state.status !== "RUNNING") break;
    const { fact, afterMs } = factOf(state, chance);
    take(fact, state.nowMs + afterMs);
  }
  return { state, records, snapshots, events };
};

const lives = fc
  .tuple(anyDefinition(2), fc.array(fc.nat(100_000), { maxLength: recordsMax }))
  .map(([definition, chances]) => ({ definition, chances }));

const runs = { numRuns: 30 };

/** I2 and I3 of a branch and those around it. */
const expectSoundBranch = ({ branches, activities }: ExecutionState, branch: Branch): void => {
  const { waiting } = branch;
  expect(waiting.kind).not.toBe("ready");
  if (waiting.kind === "activity") expect(activities[waiting.activity]?.branch).toBe(branch.id);
  if (waiting.kind === "children") {
    const ids = Object.keys(waiting.live);
    expect(ids).toHaveLength(waiting.liveCount);
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(branches[id]?.parent).toBe(branch.id);
  }
  if (branch.parent === undefined) return;
  const above = branches[branch.parent]?.waiting;
  expect(above?.kind === "children" && above.live[branch.id]).toBe(true);
};

/** I2 and I3 of a state. */
const expectSound = (state: ExecutionState): void => {
  const { branches, activities } = state;
  if (state.status !== "RUNNING") {
    expect([branches, activities, nextTimerAtMs(state)]).toEqual([{}, {}, undefined]);
    return;
  }
  const isInFlight = Object.values(activities).some(({ phase }) => phase !== "waitingToRetry");
  expect(isInFlight || nextTimerAtMs(state) !== undefined).toBe(true);
  for (const activity of Object.values(activities))
    expect(branches[activity.branch]?.waiting).toEqual({ kind: "activity", activity: activity.id });
  for (const branch of Object.values(branches)) expectSoundBranch(state, branch);
};

/** Attempts that a fact says are over. */
const endedBy = (fact: Fact): readonly string[] => {
  if (fact.kind === "TakenOver")
    return fact.interrupted.map(({ activity, attempt }) => `${activity}/${attempt}`);
  return fact.kind === "ActivitySucceeded" || fact.kind === "ActivityFailed"
    ? [`${fact.activity}/${fact.attempt}`]
    : [];
};

/** Attempts that whoever carries out the commands believes to run. */
const runningAfter = (records: readonly LogRecord[]): string[] => {
  const running = new Set<string>();
  for (const { facts, commands } of records) {
    for (const ended of facts.flatMap(endedBy)) running.delete(ended);
    for (const command of commands)
      if (command.kind === "RunActivity") running.add(`${command.activity}/${command.attempt}`);
      else if (command.kind === "CancelActivity")
        running.delete(`${command.activity}/${command.attempt}`);
  }
  return [...running].sort();
};

describe("for any definition and any order of events", () => {
  test("an execution that has not ended waits for something, and nothing is left over", () => {
    fc.assert(
      fc.property(lives, ({ definition, chances }) => {
        for (const snapshot of live(definition, chances).snapshots)
          expectSound(JSON.parse(snapshot) as ExecutionState);
      }),
      runs,
    );
  });

  test("the state is plain data: a copy through JSON is the same", () => {
    fc.assert(
      fc.property(lives, ({ definition, chances }) => {
        const { state } = live(definition, chances);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
      runs,
    );
  });

  test("a fold of the records gives the same bytes and the same history", () => {
    fc.assert(
      fc.property(lives, ({ definition, chances }) => {
        const { state, records, events } = live(definition, chances);
        const heard: HistoryEvent[] = [];
        const log = { executionId: "e1", records };
        const folded = fold(smallProgramOf(definition), log, (event) => heard.push(event));
        expect(JSON.stringify(folded)).toBe(JSON.stringify(state));
        expect(JSON.stringify(heard)).toBe(JSON.stringify(events));
      }),
      runs,
    );
  });

  test("a fold from a snapshot anywhere, without listening, gives the same bytes", () => {
    fc.assert(
      fc.property(lives, fc.nat(), ({ definition, chances }, place) => {
        const { state, records, snapshots } = live(definition, chances);
        const at = place % records.length;
        const snapshot = JSON.parse(snapshots[at] ?? "") as ExecutionState;
        const log = { executionId: "e1", snapshot, records: records.slice(at + 1) };
        expect(JSON.stringify(fold(smallProgramOf(definition), log))).toBe(JSON.stringify(state));
      }),
      runs,
    );
  });

  test("a snapshot knows of the same next timer as the state it was taken of", () => {
    fc.assert(
      fc.property(lives, ({ definition, chances }) => {
        const { state } = live(definition, chances);
        const copy = JSON.parse(JSON.stringify(state)) as ExecutionState;
        expect(nextTimerAtMs(copy)).toBe(nextTimerAtMs(state));
      }),
      runs,
    );
  });

  test("every activity that is to run is in flight, or was told to stop", () => {
    fc.assert(
      fc.property(lives, ({ definition, chances }) => {
        const { state, records } = live(definition, chances);
        const inFlight = Object.values(state.activities)
          .filter(({ phase }) => phase === "running")
          .map(({ id, attempt }) => `${id}/${attempt}`);
        expect(runningAfter(records)).toEqual(inFlight.sort());
      }),
      runs,
    );
  });

  test("events are numbered without gaps, each after the one it follows", () => {
    fc.assert(
      fc.property(lives, ({ definition, chances }) => {
        const { state, events } = live(definition, chances);
        expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
        expect(state.eventCount).toBe(events.length);
        for (const { id, previousEventId } of events) expect(previousEventId).toBeLessThan(id);
      }),
      runs,
    );
  });
});
