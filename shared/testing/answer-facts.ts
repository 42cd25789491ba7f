/** What the answer of a mock is for the execution that waits for it: facts, and when they come. */

import { InvariantViolation } from "#core/errors.ts";
import type { ChildEnd, Fact } from "#core/execution/facts.ts";
import { mapRunResource } from "#core/execution/map-run/part-resource.ts";
import { partRequest } from "#core/execution/map-run/process-part.ts";
import { resourceKind } from "#core/execution/resource-kind.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import type { MockAnswer } from "./test-file.ts";

/** A fact that comes at an instant of the virtual clock. */
export interface Timed {
  readonly atMs: number;
  readonly fact: Fact;
}

/** How an execution has ended, as its parent is told. */
export const childEndOf = (state: ExecutionState): ChildEnd => {
  const { executionId, process, name, status, startedAtMs, nowMs } = state;
  if (status === "RUNNING") throw new InvariantViolation(`${executionId} has not ended`);
  const { stoppedAtMs = nowMs, output, error, cause } = state;
  return {
    ...{ executionId, process, name, status, startedAtMs, stoppedAtMs },
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
};

/** A map run that was not run, by what a mock says that came of it. */
const mapRunEnd = (
  starter: ExecutionState,
  activity: Activity,
  ended: { readonly output: MockAnswer["result"]; readonly atMs: number },
): ChildEnd => {
  const { process, name } = partRequest(starter, activity);
  return {
    executionId: activity.child ?? "",
    ...{ process, name },
    status: "SUCCEEDED",
    startedAtMs: starter.nowMs,
    stoppedAtMs: ended.atMs,
    output: ended.output ?? null,
  };
};

const endOf = (
  state: ExecutionState,
  activity: Activity,
  given: { readonly answer: MockAnswer; readonly atMs: number },
): Fact => {
  const { result, error, cause } = given.answer;
  const named = { activity: activity.id, attempt: activity.attempt };
  if (result === undefined)
    return {
      kind: "ActivityFailed",
      ...named,
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    };
  if (activity.resource !== mapRunResource)
    return { kind: "ActivitySucceeded", ...named, output: result };
  const child = mapRunEnd(state, activity, { output: result, atMs: given.atMs });
  return { kind: "ChildEnded", ...named, child };
};

/** The facts by which an attempt is answered, but for its heartbeats; none if it never is. */
export const factsOf = (
  state: ExecutionState,
  activity: Activity,
  answer: MockAnswer,
): readonly Timed[] => {
  const { afterSeconds = 0, claimedAfterSeconds = 0, never } = answer;
  const claimedAtMs = state.nowMs + claimedAfterSeconds * 1000;
  const isClaimed = resourceKind(activity.resource) === "worker";
  const named = { activity: activity.id, attempt: activity.attempt };
  const claim: Timed = {
    atMs: claimedAtMs,
    fact: { kind: "ActivityClaimed", ...named, worker: "test" },
  };
  const atMs = claimedAtMs + afterSeconds * 1000;
  return [
    ...(isClaimed ? [claim] : []),
    ...(never === true ? [] : [{ atMs, fact: endOf(state, activity, { answer, atMs }) }]),
  ];
};

/** The next heartbeat of an attempt, where its answer lets its heart beat. */
export const heartbeatOf = (
  { activity, attempt }: { readonly activity: string; readonly attempt: number },
  { heartbeatEverySeconds }: MockAnswer,
  afterMs: number,
): Timed | undefined =>
  heartbeatEverySeconds === undefined
    ? undefined
    : {
        atMs: afterMs + heartbeatEverySeconds * 1000,
        fact: { kind: "ActivityHeartbeat", activity, attempt },
      };
