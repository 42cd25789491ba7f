/** Who answers activities in a test: its mocks in their order, then what was recorded. */
import { mapRunResource } from "#core/execution/map-run/part-resource.ts";
import type { Activity } from "#core/execution/state.ts";
import { differencesOf } from "./differences.ts";
import type { Recording } from "./recording.ts";
import type { Mock, MockAnswer } from "./test-file.ts";

/** Answers the activities of one test. */
export interface Answering {
  /** `undefined`: nobody answers this attempt. */
  readonly answer: (activity: Activity) => MockAnswer | undefined;
  /** Mocks that have answered something. */
  readonly used: ReadonlySet<Mock>;
}

/** A distributed Map state runs its items, unless a mock names it. */
const mustBeNamed = (resource: string): boolean => resource === mapRunResource;

const fits = (mock: Mock, { state, resource, parameters }: Activity): boolean =>
  (mock.state === undefined ? !mustBeNamed(resource) : mock.state === state) &&
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
  const answer = (activity: Activity): MockAnswer | undefined => {
    const mock = mocks.find((candidate) => fits(candidate, activity));
    if (mock === undefined) return recording?.(activity);
    const count = callCounts.get(mock) ?? 0;
    callCounts.set(mock, count + 1);
    if (mock.attempts !== undefined) return nth(mock.attempts, activity.attempt - 1);
    return mock.calls === undefined ? mock : nth(mock.calls, count);
  };
  return {
    answer,
    get used() {
      return new Set(callCounts.keys());
    },
  };
};
