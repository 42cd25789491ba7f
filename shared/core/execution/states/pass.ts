import type { PassState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import type { Outcome } from "../interpreter.ts";

/** A Pass state hands on its Result, else what it was given. */
export function* beginPass(
  state: PassState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const result =
    state.Result === undefined
      ? yield* flow.argument(flowing, flow.effectiveInput(flowing))
      : state.Result;
  const left = yield* flow.leaveWith(flowing, result);
  return { kind: "exits", ...left, next: state.Next };
}
