import { parsedPathsMax } from "../../limits.ts";
import { boundedCache } from "../bounded-cache.ts";
import { Cursor, SyntaxFailure } from "../cursor.ts";
import type { Path, PathSyntaxError } from "./path.ts";
import { scanPath } from "./scan-path.ts";

type Parsed = { readonly path: Path } | { readonly error: PathSyntaxError };

const parseText = (text: string): Parsed => {
  try {
    const cursor = new Cursor(text);
    const path = scanPath(cursor);
    if (path.root.kind === "candidate") cursor.fail("a path begins with '$'", 0);
    if (!cursor.isAtEnd) cursor.fail(`unexpected '${cursor.next}'`);
    return { path };
  } catch (failure) {
    if (!(failure instanceof SyntaxFailure)) throw failure;
    return { error: { message: failure.message, position: failure.position } };
  }
};

/** Reads a JSONPath (`$...`, `$$...`, `$variable...`); never throws. */
export const parsePath: (text: string) => Parsed = boundedCache(parseText, parsedPathsMax);

/** Whether a path names exactly one place: members and indexes only. */
export const isReferencePath = (text: string): boolean => {
  const parsed = parsePath(text);
  return "path" in parsed && parsed.path.keys !== undefined;
};
