import { unreachable } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Scope } from "./evaluation.ts";

/**
 * ResultPath: the input with `result` put at `path` (`null`: the input alone, `$`: the result
 * alone). Copies what it changes, creates missing objects, fails with `States.ResultPathMatchFailure`.
 */
export const placeAt = (_options: {
  readonly path: string | null;
  readonly input: Json;
  readonly result: Json;
  readonly scope: Scope;
}): Json => unreachable(undefined as never);
