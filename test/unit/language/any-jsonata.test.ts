/** What holds for every valid definition in JSONata: it ends, waits or yields, and replays the same. */

import { expect, test } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import { advance, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Fact } from "#core/execution/facts.ts";
import { fold } from "#core/execution/fold.ts";
import type { Program } from "#core/execution/program.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Json } from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { programOf, startAtMs, startOf } from "../execution/scenario.ts";
import type { Fields } from "./machines.ts";

const expressions = [
  "$states.input",
  "$x + 1",
  "$states.input.list[n > 1].n",
  "$sum($states.input.list.n)",
  "$random() > 0.5",
  "$uuid()",
  "$string($states.context.State)",
  "$states.input.none",
  "1 / 0",
  "{ 'list': [{ 'n': 1 }, { 'n': 2 }] }",
  "$error('no')",
].map((text) => `{% ${text} %}`);

const value = fc.constantFrom<Json>(...expressions, 7, "text", { a: expressions[0] ?? "" });
const names = ["S0", "S1", "S2", "S3"];
const target = fc.constantFrom(...names);
const leave = fc.oneof(
  fc.constant({ End: true }),
  target.map((Next) => ({ Next })),
);
const fields = (of: Record<string, fc.Arbitrary<unknown>>) => fc.record(of, { requiredKeys: [] });
const giving = fields({ Output: value, Assign: fc.record({ x: value }) });
const recovering = fields({
  Retry: fc.constant([{ ErrorEquals: ["States.ALL"], MaxAttempts: 1, JitterStrategy: "FULL" }]),
  Catch: target.map((Next) => [{ ErrorEquals: ["States.ALL"], Next, Assign: { x: 0 } }]),
});

const merged = (...parts: fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Fields);

const inner = { StartAt: "I", States: { I: { Type: "Pass", Output: expressions[0], End: true } } };

const state = fc.oneof(
  merged(fc.constant({ Type: "Pass" }), giving, leave),
  merged(
    fc.constant({ Type: "Task", Resource: "holdfast:files:copy" }),
    fields({ Arguments: value, TimeoutSeconds: fc.constantFrom(3, "{% 2 + 2 %}") }),
    giving,
    recovering,
    leave,
  ),
  merged(
    fc.constant({ Type: "Wait" }),
    fc.record({ Seconds: fc.constantFrom<Json>(0, 2, "{% $x %}", "{% 3 %}") }),
    giving,
    leave,
  ),
  merged(
    fc.constant({ Type: "Choice", Default: "S3" }),
    fc.record({ Choices: fc.tuple(fc.record({ Condition: value, Next: target })) }),
    giving,
  ),
  merged(
    fc.constant({ Type: "Map", ItemProcessor: inner }),
    fields({
      Items: fc.constantFrom<Json>("{% $states.input.list %}", [1, 2]),
      ItemSelector: value,
    }),
    giving,
    recovering,
    leave,
  ),
  merged(
    fc.constant({ Type: "Map", ItemProcessor: inner }),
    fc.record({
      Orchestration: fc.constantFrom(
        { While: { Condition: "{% $states.context.Map.Item.Index < 3 %}" } },
        { While: { Condition: "{% $count($states.input.list) > 0 %}" } },
      ),
    }),
    fields({ ItemSelector: value }),
    giving,
    recovering,
    leave,
  ),
  merged(fc.constant({ Type: "Succeed" }), fields({ Output: value })),
  merged(fc.constant({ Type: "Fail" }), fields({ Error: fc.constantFrom("E", expressions[5]) })),
);

/** Definitions; `false` where the validator has something against one. */
const definitions = fc.tuple(state, state, state, state).map((states) => {
  const StartAt = "S0";
  const all = Object.fromEntries(names.map((name, index) => [name, states[index] ?? {}]));
  // What is not reached would be refused: each state can be begun with.
  const reachable = Object.entries(all).map(([name, one]) => [
    name,
    { ...one, Orchestration: { ...(one["Orchestration"] as object), StartPoint: true } },
  ]);
  return { QueryLanguage: "JSONata", StartAt, States: Object.fromEntries(reachable) };
});

const answer = (state: ExecutionState, chance: number): { fact: Fact; atMs: number } => {
  const [activity] = Object.values(state.activities).filter(
    ({ phase }) => phase !== "waitingToRetry",
  );
  const timer = nextTimerAtMs(state);
  if (activity === undefined || chance % 4 === 0)
    return { fact: { kind: "TimePassed" }, atMs: Math.max(state.nowMs, timer ?? state.nowMs + 1) };
  const { id, attempt } = activity;
  const named = { activity: id, attempt };
  const fact: Fact =
    chance % 3 === 0
      ? { kind: "ActivityFailed", ...named, error: "E" }
      : { kind: "ActivitySucceeded", ...named, output: { list: [{ n: chance }] } };
  return { fact, atMs: state.nowMs + chance };
};

const live = async (program: Program, chances: readonly number[]) => {
  const started = startOf({ list: [{ n: 1 }, { n: 5 }] });
  const execution = initialState("e1", started, startAtMs);
  const records: LogRecord[] = [];
  const snapshots: string[] = [];
  const take = async (fact: Fact, atMs: number) => {
    const commands = await drive(advance(program, execution, { fact, atMs }));
    const place = { executionId: "e1", epoch: 0, seq: records.length };
    const writer = { commitId: "c", server: "s", turn: "t", doneThrough: -1 };
    records.push({ ...place, ...writer, atMs, facts: [fact], commands });
    snapshots.push(JSON.stringify(execution));
  };
  await take(started, startAtMs);
  for (const chance of chances) {
    if (execution.status !== "RUNNING") break;
    const { fact, atMs } = answer(execution, chance);
    await take(fact, atMs);
  }
  return { execution, records, snapshots };
};

test("any valid definition ends, waits or yields, and its log gives the same bytes from anywhere", async () => {
  let validCount = 0;
  const chances = fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(definitions, chances, fc.nat(), async (definition, drawn, place) => {
      const isValid = validateDefinition(definition as unknown as Json).every(
        ({ severity }) => severity === "WARNING",
      );
      if (!isValid) return;
      validCount += 1;
      const program = { ...programOf(definition as unknown as StateMachine), valueSizeMax: 2_000 };
      const { execution, records, snapshots } = await live(program, drawn);
      for (const text of snapshots) {
        const seen = JSON.parse(text) as ExecutionState;
        const waits = Object.keys(seen.activities).length > 0 || nextTimerAtMs(seen) !== undefined;
        expect(seen.status !== "RUNNING" || waits).toBe(true);
      }
      const last = JSON.stringify(execution);
      expect(JSON.stringify(await fold(program, { executionId: "e1", records }))).toBe(last);
      const at = place % records.length;
      const snapshot = JSON.parse(snapshots[at] ?? "") as ExecutionState;
      const rest = { executionId: "e1", snapshot, records: records.slice(at + 1) };
      expect(JSON.stringify(await fold(program, rest))).toBe(last);
    }),
    { numRuns: 60 },
  );
  expect(validCount).toBeGreaterThan(15);
});
