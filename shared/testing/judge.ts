import type { Json } from "#core/json.ts";
import { type Difference, differencesOf } from "./differences.ts";
import type { TestedRun } from "./run-test.ts";
import type { Expectation, Mock } from "./test-file.ts";

const exactly = (
  path: string,
  expected: Json | undefined,
  got: Json | undefined,
): readonly Difference[] =>
  expected === undefined ? [] : differencesOf(expected, got, { path, isPartial: false });

const partly = (
  path: string,
  expected: Json | undefined,
  got: Json | undefined,
): readonly Difference[] =>
  expected === undefined ? [] : differencesOf(expected, got, { path, isPartial: true });

const missingStates = (expected: Expectation, run: TestedRun): readonly Difference[] =>
  (expected.reaches ?? [])
    .filter((state) => !run.path.includes(state))
    .map((state) => ({ path: "reaches", expected: state, got: undefined }));

/** A way is seen as a whole: one state too many would show as a difference in every one after it. */
const wayDifference = (expected: Expectation, run: TestedRun): readonly Difference[] =>
  exactly("path", expected.path, [...run.path]).length === 0
    ? []
    : [{ path: "path", expected: expected.path ?? [], got: [...run.path] }];

/** What a run that ended otherwise says of why; that its output is missing would say less. */
const whyOtherwise = (run: TestedRun): readonly Difference[] => [
  ...differencesOf(undefined, run.error, { path: "error", isPartial: false }),
  ...differencesOf(undefined, run.cause, { path: "cause", isPartial: false }),
  ...(run.waitsFor ?? []).map(({ state, resource }) => ({
    path: "waits for",
    expected: undefined,
    got: `${state} (${resource}), which is never answered`,
  })),
];

/** Where a run is not what was expected; what nobody asks about is not looked at. */
export const judge = (expected: Expectation, run: TestedRun): readonly Difference[] => {
  const status = exactly("status", expected.status, run.status);
  const ending =
    status.length > 0 && expected.error === undefined
      ? whyOtherwise(run)
      : [
          ...exactly("output", expected.output, run.output),
          ...partly("output", expected.outputContains, run.output),
          ...exactly("error", expected.error, run.error),
          ...exactly("cause", expected.cause, run.cause),
          ...exactly("outcome", expected.outcome, run.outcome),
        ];
  return [
    ...status,
    ...ending,
    ...wayDifference(expected, run),
    ...missingStates(expected, run),
    ...partly("calls", expected.calls as Json | undefined, run.calls as unknown as Json),
    ...exactly("seconds", expected.seconds, run.seconds),
  ];
};

const mockText = ({ state, resource, where }: Mock): string =>
  [
    "a call",
    ...(state === undefined ? [] : [`by ${state}`]),
    ...(resource === undefined ? [] : [`of ${resource}`]),
    ...(where === undefined ? [] : ["with these parameters"]),
  ].join(" ");

/** Mocks of a test that answered nothing: it does not test what it says that it tests. */
export const unusedMocks = (
  mocks: readonly Mock[],
  used: ReadonlySet<Mock>,
): readonly Difference[] =>
  mocks.flatMap((mock, index) =>
    used.has(mock) ? [] : [{ path: `mocks[${index}]`, expected: mockText(mock), got: undefined }],
  );
