import type { Evaluating } from "../../expressions/evaluation.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import type { Outcome } from "../interpreter.ts";

/** A Succeed state ends its branch with what it was given. */
export function* beginSucceed(flow: DataFlow, flowing: Flowing): Evaluating<Outcome> {
  const left = yield* flow.passOn(flowing, flow.effectiveInput(flowing));
  return { kind: "exits", ...left, next: undefined };
}
