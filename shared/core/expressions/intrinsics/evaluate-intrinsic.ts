import { unreachable } from "../../errors.ts";
import type { Json } from "../../json.ts";
import type { Scope } from "../evaluation.ts";

/** Evaluates a call such as `States.Format('{}', $.a)`; fails with `States.IntrinsicFailure`. */
export const evaluateIntrinsic = (_text: string, _scope: Scope): Json =>
  unreachable(undefined as never);
