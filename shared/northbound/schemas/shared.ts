import type { Json, JsonObject } from "#core/json.ts";
import { pageSizeDefault, pageSizeMax } from "../limits.ts";
import { z } from "../z.ts";

/** Any JSON value, kept as it was sent: nothing below it is looked at, copied or coerced. */
export const json = z.unknown() as unknown as z.ZodType<Json>;

/** Any JSON object, kept as it was sent. */
export const jsonObject = z.looseObject({}) as unknown as z.ZodType<JsonObject>;

/** An instant as RFC 3339 text in UTC with milliseconds. */
export const instant = z.iso
  .datetime({ precision: 3 })
  .openapi({ example: "2026-11-23T08:15:30.125Z" });

/** The last instant that RFC 3339 can write, ms: an execution may wait for a later one. */
const lastInstantMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Epoch milliseconds as {@link instant}. */
export const instantOf = (atMs: number): string =>
  new Date(Math.min(atMs, lastInstantMs)).toISOString();

/** The same, where there may be none. */
export const instantIfAny = (atMs: number | undefined): string | undefined =>
  atMs === undefined ? undefined : instantOf(atMs);

/** Query of every list. */
export const page = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(pageSizeMax)
    .default(pageSizeDefault)
    .openapi({ description: "How many at most.", example: 50 }),
  after: z.string().max(4096).optional().openapi({ description: "The `next` of the page before." }),
};

/** What every list answers where more follows. */
export const next = z
  .string()
  .optional()
  .openapi({ description: "Give it as `after` to get the next page; absent on the last one." });

/** A positive version number in a query string. */
export const versionInQuery = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .openapi({ description: "The newest where it is absent.", example: 1 });

/** RFC 9457, with what Holdfast adds. */
export const problem = z
  .looseObject({
    type: z.string().openapi({ example: "urn:holdfast:problem:execution-not-found" }),
    title: z.string().openapi({ example: "There is no such execution" }),
    status: z.int().min(400).max(599).openapi({ example: 404 }),
    detail: z.string().openapi({ description: "What happened, and where." }),
    code: z.string().openapi({ example: "execution-not-found" }),
    action: z.string().openapi({ description: "What to do next." }),
    requestId: z.string(),
  })
  .openapi("Problem");
