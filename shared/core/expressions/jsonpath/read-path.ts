import { unreachable } from "../../errors.ts";
import type { Json } from "../../json.ts";
import type { Scope } from "../evaluation.ts";

/**
 * The value at a path (`$...` input, `$$...` context, `$variable...`). An indefinite path without a
 * match gives []; a definite one fails with `States.Runtime` ("Invalid path '$.a' : ...").
 */
export const readPath = (_path: string, _scope: Scope): Json => unreachable(undefined as never);

/** Like {@link readPath}, `undefined` where a definite path has no match. */
export const tryReadPath = (_path: string, _scope: Scope): Json | undefined =>
  unreachable(undefined as never);
