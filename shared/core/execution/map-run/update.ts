import type { Evaluating } from "../../expressions/evaluation.ts";
import { settle } from "../branches/settle.ts";
import type { MapRunUpdated } from "../facts.ts";
import type { Interpreter } from "../interpreter.ts";
import type { MapRunChange } from "./plan.ts";
import { goOnOtherwise } from "./run.ts";

const changeBy = (
  before: MapRunChange | undefined,
  {
    concurrency,
    toleratedFailureCount: count,
    toleratedFailurePercentage: percentage,
  }: MapRunUpdated,
): MapRunChange => ({
  ...before,
  ...(concurrency !== undefined && { concurrency }),
  tolerance: {
    ...before?.tolerance,
    ...(count !== undefined && { count }),
    ...(percentage !== undefined && { percentage }),
  },
});

/** Changes the plan of a map run; what runs already goes on. Of any other execution it changes nothing. */
export function* updateMapRun(interpreter: Interpreter, fact: MapRunUpdated): Evaluating<void> {
  const { state } = interpreter;
  if (state.part?.kind !== "mapRun") return;
  state.mapRunChange = changeBy(state.mapRunChange, fact);
  const branch = Object.values(state.branches).find(({ waiting }) => waiting.kind === "mapRun");
  if (branch !== undefined) yield* settle(interpreter, branch, goOnOtherwise(interpreter, branch));
}
