/** Any definition: small state machines with every type of state, loops, nesting and errors. */

import type { State, StateMachine } from "#core/asl/definition.ts";
import { fc } from "../../fast-check.ts";

const errorNames = ["A", "B", "States.Timeout", "Holdfast.Interrupted"];
const matchNames = [...errorNames, "States.ALL", "States.TaskFailed"];

const retriers = fc.array(
  fc.record({
    ErrorEquals: fc.subarray(matchNames, { minLength: 1 }),
    IntervalSeconds: fc.integer({ min: 0, max: 3 }),
    MaxAttempts: fc.integer({ min: 0, max: 2 }),
    BackoffRate: fc.constantFrom(1, 1.5, 2),
    JitterStrategy: fc.constantFrom("FULL" as const, "NONE" as const),
  }),
  { maxLength: 2 },
);

const catchers = (names: readonly string[]) =>
  fc.array(
    fc.record({
      ErrorEquals: fc.subarray(matchNames, { minLength: 1 }),
      Next: fc.constantFrom(...names),
      ResultPath: fc.constantFrom("$", "$.error", null),
    }),
    { maxLength: 1 },
  );

const goOn = (names: readonly string[]) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({ End: true }) },
    { weight: 3, arbitrary: fc.record({ Next: fc.constantFrom(...names) }) },
  );

const assigning = fc.constantFrom(
  {},
  { Assign: { seen: 1 } },
  { Assign: { "seen.$": "$$.State.Name" } },
);

const merged = (...parts: fc.Arbitrary<object>[]): fc.Arbitrary<State> =>
  fc.tuple(...parts).map((fields) => Object.assign({}, ...fields) as State);

const stateOf = (names: readonly string[], depth: number): fc.Arbitrary<State> => {
  const common = [goOn(names), assigning] as const;
  const recovering = fc.record({ Retry: retriers, Catch: catchers(names) });
  const flat: fc.Arbitrary<State>[] = [
    merged(fc.constant({ Type: "Pass" }), ...common),
    merged(fc.constant({ Type: "Pass", Result: [1, 2, 3] }), ...common),
    merged(
      fc.constant({ Type: "Task", Resource: "holdfast:files:copy" }),
      fc.record({ TimeoutSeconds: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [] }),
      fc.record({ HeartbeatSeconds: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [] }),
      recovering,
      ...common,
    ),
    merged(
      fc.constant({ Type: "Task", Resource: "holdfast:signals:wait" }),
      fc.record({
        Parameters: fc.record({
          Names: fc.subarray(["a", "b", "c"]),
          Join: fc.constantFrom("all", "any", "none", 2),
        }),
      }),
      fc.record({ TimeoutSeconds: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [] }),
      recovering,
      ...common,
    ),
    merged(
      fc.constant({ Type: "Wait" }),
      fc.record({ Seconds: fc.integer({ min: 0, max: 4 }) }),
      ...common,
    ),
    fc.constantFrom({ Type: "Succeed" }, { Type: "Succeed", Orchestration: { Break: true } }),
    fc
      .tuple(fc.constantFrom(...errorNames), fc.boolean())
      .map(([name, Completed]) => ({ Type: "Fail", Error: name, Orchestration: { Completed } })),
    fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).map(
      ([Next, Default]) =>
        ({
          Type: "Choice",
          Choices: [{ Variable: "$", IsString: true, Next }],
          Default,
        }) as State,
    ),
  ];
  if (depth === 0) return fc.oneof(...flat);
  const nested = [
    merged(
      fc.constant({ Type: "Parallel" }),
      fc.record({
        Branches: fc.array(anyDefinition(depth - 1), { minLength: 2, maxLength: 3 }),
        Orchestration: fc.constantFrom({}, { Join: "all" }, { Join: "any" }, { Join: 2 }),
      }),
      recovering,
      ...common,
    ),
    merged(
      fc.constant({ Type: "Map" }),
      fc.record({
        ItemProcessor: anyDefinition(depth - 1),
        MaxConcurrency: fc.integer({ min: 0, max: 2 }),
        ItemsPath: fc.constantFrom("$", "$$.Execution.Input"),
      }),
      fc.record({ ToleratedFailureCount: fc.integer({ min: 0, max: 2 }) }, { requiredKeys: [] }),
      recovering,
      ...common,
    ),
    merged(
      fc.constant({ Type: "Map" }),
      fc.record({
        ItemProcessor: anyDefinition(depth - 1),
        Orchestration: fc.constantFrom(
          { While: { Variable: "$$.Map.Item.Index", NumericLessThan: 3 } },
          { While: { Variable: "$", IsPresent: true } },
          { While: { Not: { Variable: "$", IsString: true } } },
        ),
      }),
      recovering,
      ...common,
    ),
  ];
  return fc.oneof(...flat, ...nested);
};

/** State machines that are well-formed, whatever they do; Parallel and Map nest up to `depth`. */
export const anyDefinition = (depth: number): fc.Arbitrary<StateMachine> =>
  fc.integer({ min: 1, max: 4 }).chain((count) => {
    const names = Array.from({ length: count }, (_, index) => `S${index}`);
    return fc.tuple(...names.map(() => stateOf(names, depth))).map((states) => ({
      StartAt: "S0",
      States: Object.fromEntries(names.map((name, index) => [name, states[index] as State])),
    }));
  });
