import { unreachable } from "../../errors.ts";
import type { Path, PathSyntaxError } from "./path.ts";

/** Reads a JSONPath; never throws. */
export const parsePath = (
  _text: string,
): { readonly path: Path } | { readonly error: PathSyntaxError } => unreachable(undefined as never);

/** Whether a path names exactly one place (no wildcard, slice, filter or function). */
export const isReferencePath = (_text: string): boolean => unreachable(undefined as never);
