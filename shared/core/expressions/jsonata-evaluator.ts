import { unreachable } from "../errors.ts";
import type { Json } from "../json.ts";
import type { JsonataCall } from "./evaluation.ts";

/** Evaluates one expression; rejects with `StateFailed("States.QueryEvaluationError")`. */
export const evaluateJsonata = (_call: JsonataCall): Promise<Json | undefined> =>
  unreachable(undefined as never);
