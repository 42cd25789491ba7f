/**
 * The execution as a fold: state + fact = next state, the commands that follow and, for whoever
 * listens, the events of its history. The same code decides (engine), replays (recovery) and shows
 * (history), so all three agree.
 *
 * I4 Deterministic: state, fact, `atMs` and program fix everything; draws come from the seed.
 * I5 A fact that names an activity or attempt that is not in flight changes nothing (late result).
 * I6 After an advance the execution has ended or waits for something that stands in its state (I3).
 */
import { unreachable } from "../errors.ts";
import type { Evaluating } from "../expressions/evaluation.ts";
import type { Command } from "./commands.ts";
import type { ExecutionStarted, Fact } from "./facts.ts";
import type { HistorySink } from "./history-event.ts";
import type { Program } from "./program.ts";
import type { ExecutionState } from "./state.ts";

/** Version of the decisions taken by this code; a change in decisions on old histories raises it. */
export const behaviourVersion = 1;

/** The state right after the start fact, before any state of the definition is entered. */
export const initialState = (
  _executionId: string,
  _fact: ExecutionStarted,
  _atMs: number,
): ExecutionState => unreachable(undefined as never);

/**
 * Applies a fact that happened at `atMs`, changing `state` in place, and answers the commands that
 * follow. ExecutionStarted enters the first state. Throws only `InvariantViolation`.
 */
// biome-ignore lint/correctness/useYield: placeholder of the signature
export function* advance(
  _program: Program,
  _state: ExecutionState,
  _step: { readonly fact: Fact; readonly atMs: number; readonly sink?: HistorySink },
): Evaluating<readonly Command[]> {
  return unreachable(undefined as never);
}

/** The earliest instant at which a `TimePassed` fact would change something. */
export const nextTimerAtMs = (_state: ExecutionState): number | undefined =>
  unreachable(undefined as never);
