import type { Evaluating } from "../../expressions/evaluation.ts";

const nothing: readonly never[] = [];

/** An evaluation that has nothing to ask for: its value is known. */
export function* known<T>(value: T): Evaluating<T> {
  yield* nothing;
  return value;
}
