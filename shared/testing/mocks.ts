/** Who answers activities in a test: its mocks in their order, then what was recorded. */
import type { Activity } from "#core/execution/state.ts";
import { differencesOf } from "./differences.ts";
import type { Recording } from "./recording.ts";
import type { Mock, MockAnswer } from "./test-file.ts";

/** Answers an attempt of an activity; `undefined`: nobody does. */
export type Answering = (activity: Activity) => MockAnswer | undefined;

const fits = (mock: Mock, { state, resource, parameters }: Activity): boolean =>
  (mock.state ?? state) === state &&
  (mock.resource ?? resource) === resource &&
  (mock.where === undefined ||
    differencesOf(mock.where, parameters, { path: "", isPartial: true }).length === 0);

/** The last answer of a list goes for whatever comes after it. */
const nth = (answers: readonly MockAnswer[], index: number): MockAnswer | undefined =>
  answers[Math.min(index, answers.length - 1)];

/** Each test begins anew: `calls` are counted from its start. */
export const answeringBy = (
  mocks: readonly Mock[],
  recording: Recording | undefined,
): Answering => {
  const callCounts = new Map<Mock, number>();
  return (activity) => {
    const mock = mocks.find((candidate) => fits(candidate, activity));
    if (mock === undefined) return recording?.(activity);
    if (mock.attempts !== undefined) return nth(mock.attempts, activity.attempt - 1);
    if (mock.calls === undefined) return mock;
    const count = callCounts.get(mock) ?? 0;
    callCounts.set(mock, count + 1);
    return nth(mock.calls, count);
  };
};
