/** What follows from a failure in a state: another attempt, a catcher, or the end of its branch. */
import type { State } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Failure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import { begin } from "../branches/begin.ts";
import { guarded } from "../branches/guarded.ts";
import { schedule } from "../branches/timers.ts";
import { flowOf } from "../flow/language.ts";
import { note } from "../history/note.ts";
import type { Fails, Interpreter, Outcome } from "../interpreter.ts";
import { waits } from "../interpreter.ts";
import type { Branch } from "../state.ts";
import { matchesError } from "./error-match.ts";
import { nextRetryDelayMs } from "./retry.ts";

type Recovering = Extract<State, { Type: "Task" | "Parallel" | "Map" }>;

const isRecovering = (state: State): state is Recovering =>
  state.Type === "Task" || state.Type === "Parallel" || state.Type === "Map";

/** Lets the branch wait for its next attempt. */
const waitForRetry = (interpreter: Interpreter, branch: Branch, delayMs: number): Outcome => {
  const { state } = interpreter;
  const atMs = state.nowMs + delayMs;
  const activity =
    branch.waiting.kind === "activity" ? state.activities[branch.waiting.activity] : undefined;
  if (activity === undefined) branch.waiting = { kind: "retry", atMs };
  else {
    activity.phase = "waitingToRetry";
    activity.retryAtMs = atMs;
    delete activity.timeoutAtMs;
    delete activity.heartbeatAtMs;
  }
  schedule(state, branch);
  return waits;
};

/** The next attempt, now or later; `undefined`: there is none. */
function* retry(
  interpreter: Interpreter,
  branch: Branch,
  failed: { readonly state: Recovering; readonly fails: Fails },
): Evaluating<Outcome | undefined> {
  const delayMs = nextRetryDelayMs(interpreter, branch, {
    retriers: failed.state.Retry ?? [],
    fails: failed.fails,
  });
  if (delayMs === undefined) return undefined;
  interpreter.state.transitionCount += 1;
  interpreter.transitionsLeft -= 1;
  if (delayMs > 0 || interpreter.transitionsLeft <= 0)
    return waitForRetry(interpreter, branch, delayMs);
  return yield* guarded(interpreter, branch, begin(interpreter, branch, failed.state));
}

/** `{Error, Cause}` as a catcher's target sees it: a known error without a cause has an empty one. */
const errorOutputOf = ({ error, cause }: Failure): Json => ({
  Error: error ?? null,
  Cause: cause ?? (error === undefined ? null : ""),
});

/** The way out by the first catcher that covers the failure; `undefined`: none does. */
export function* catchFailure(
  interpreter: Interpreter,
  branch: Branch,
  failed: { readonly state: Recovering; readonly fails: Fails },
): Evaluating<Outcome | undefined> {
  const { state, fails } = failed;
  const catchers = state.Catch ?? [];
  const index = catchers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, fails));
  const catcher = catchers[index];
  if (catcher === undefined) return undefined;
  interpreter.inspection?.take?.(branch, "Catch", index);
  const flow = flowOf(interpreter.program, state);
  const flowing = { interpreter, branch, fields: state };
  const left = yield* flow.caught(flowing, catcher, errorOutputOf(fails.failure));
  return { kind: "exits", ...left, next: catcher.Next };
}

/** Asks Retry and then Catch of the branch's state; answers the failure if neither has an answer. */
export function* recover(
  interpreter: Interpreter,
  branch: Branch,
  failed: { readonly state: State; readonly fails: Fails },
): Evaluating<Outcome> {
  const { state } = failed;
  let { fails } = failed;
  // What becomes of the failure of a map run is for the execution to say that it belongs to.
  if (!isRecovering(state) || interpreter.state.part?.kind === "mapRun") return fails;
  for (;;) {
    const again = yield* retry(interpreter, branch, { state, fails });
    if (again === undefined) break;
    if (again.kind !== "fails") return again;
    fails = again;
  }
  if (state.Type !== "Task" && fails.failure.error !== "States.Runtime")
    note(interpreter, branch, { type: `${state.Type}StateFailed` });
  const caught = yield* guarded(
    interpreter,
    branch,
    catchFailure(interpreter, branch, { state, fails }),
  );
  return caught ?? fails;
}
