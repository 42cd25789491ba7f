import type { Json } from "#core/json.ts";
import { type Difference, differencesOf } from "./differences.ts";
import type { TestedRun } from "./run-test.ts";
import type { Expectation } from "./test-file.ts";

const exactly = (
  path: string,
  expected: Json | undefined,
  got: Json | undefined,
): readonly Difference[] =>
  expected === undefined ? [] : differencesOf(expected, got, { path, isPartial: false });

const missingStates = (expected: Expectation, run: TestedRun): readonly Difference[] =>
  (expected.reaches ?? [])
    .filter((state) => !run.path.includes(state))
    .map((state) => ({ path: "reaches", expected: state, got: undefined }));

const callDifferences = (expected: Expectation, run: TestedRun): readonly Difference[] =>
  expected.calls === undefined
    ? []
    : differencesOf(expected.calls as Json, run.calls as unknown as Json, {
        path: "calls",
        isPartial: true,
      });

/** Where a run is not what was expected; what nobody asks about is not looked at. */
export const judge = (expected: Expectation, run: TestedRun): readonly Difference[] => {
  const status = exactly("status", expected.status, run.status);
  // Of a run that ended otherwise, its error says more than the output that is missing.
  const ending =
    status.length > 0 && expected.error === undefined
      ? [
          ...differencesOf(undefined, run.error, { path: "error", isPartial: false }),
          ...differencesOf(undefined, run.cause, { path: "cause", isPartial: false }),
        ]
      : [
          ...exactly("output", expected.output, run.output),
          ...(expected.outputContains === undefined
            ? []
            : differencesOf(expected.outputContains, run.output, {
                path: "output",
                isPartial: true,
              })),
          ...exactly("error", expected.error, run.error),
          ...exactly("cause", expected.cause, run.cause),
          ...exactly("outcome", expected.outcome, run.outcome),
        ];
  return [
    ...status,
    ...ending,
    ...exactly("path", expected.path, [...run.path]),
    ...missingStates(expected, run),
    ...callDifferences(expected, run),
    ...exactly("seconds", expected.seconds, run.seconds),
  ];
};
