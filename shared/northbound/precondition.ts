import { hash } from "node:crypto";
import { type Json, printJson } from "#core/json.ts";
import { HttpProblem } from "./problem.ts";
import { z } from "./z.ts";

const etagSizeMax = 256;

/** Characters of a hash that stands for a content: 132 bits. */
const contentEtagSize = 22;

/** Headers of what several people may change at once. */
export const preconditions = z.strictObject({
  "if-match": z
    .string()
    .max(etagSizeMax)
    .regex(/^(\*|"[^"]+"( *, *"[^"]+")*)$/, 'Write the ETag as it was given, such as "3", or *.')
    .optional()
    .openapi({
      description: "Only if it still is as the answer with this ETag had it; `*`: only if it is.",
      example: '"3"',
    }),
  "if-none-match": z
    .literal("*")
    .optional()
    .openapi({ description: "`*`: only if there is none yet." }),
});

/** Headers of what needs something that is there. */
export const matching = preconditions.extend({
  "if-none-match": z
    .literal("*")
    .optional()
    .openapi({ description: "`*`: refused, for this needs something that is there." }),
});

/** The ETag of what has a version number. */
export const etagOf = (version: number): string => `"${version}"`;

/** The ETag of what has none: it is another as soon as anything that is shown is. */
export const contentEtag = (view: object): string =>
  `"${hash("sha256", printJson(view as Json), "base64url").slice(0, contentEtagSize)}"`;

/** Throws unless what is there, if anything, is what the caller takes it for. */
export const mustMatch = (
  headers: { readonly "if-match"?: string; readonly "if-none-match"?: "*" },
  etag: string | undefined,
): void => {
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  const isMatch =
    match === undefined ||
    (etag !== undefined && (match === "*" || match.split(/ *, */).includes(etag)));
  if (isMatch && (noneMatch === undefined || etag === undefined)) return;
  const detail =
    etag === undefined
      ? "There is none yet."
      : `It has the ETag ${etag} by now: somebody changed it.`;
  throw new HttpProblem(
    "precondition-failed",
    noneMatch === undefined ? detail : "It is there already.",
    {
      headers: etag === undefined ? {} : { etag },
    },
  );
};
