import { createHash } from "node:crypto";
import { HttpProblem } from "./problem.ts";

const sumLength = 11;

const sumOf = (list: string, next: string): string =>
  createHash("sha256").update(`${list}\n${next}`).digest("base64url").slice(0, sumLength);

/**
 * The place where a list goes on, as callers get it: opaque, safe in a URL, and with a sum over the
 * list that it belongs to, so that no store is ever handed a place that it did not name.
 */
export const cursorOf = (list: string, next: string | undefined): string | undefined =>
  next && `${sumOf(list, next)}${Buffer.from(next).toString("base64url")}`;

/** The place that a cursor of this list stands for; `undefined`: it is none. */
export const placeOf = (list: string, cursor: string): string | undefined => {
  const next = Buffer.from(cursor.slice(sumLength), "base64url").toString();
  return next !== "" && cursorOf(list, next) === cursor ? next : undefined;
};

const placeIn = (list: string, cursor: string): string => {
  const next = placeOf(list, cursor);
  if (next !== undefined) return next;
  throw new HttpProblem("request-invalid", "The query is not valid. /after: no page gave it.", {
    action: "Give the next of the page before, with the same filters, or leave after out.",
    details: { problems: [{ in: "query", path: "/after", message: "No page gave it." }] },
  });
};

/**
 * A page of a list. A cursor is of one list with one set of filters: with others it would stand for
 * another place.
 */
export const pageOf = async <F extends { readonly limit: number }, P extends { next?: unknown }>(
  name: string,
  query: F & { readonly after?: string },
  read: (place: F & { readonly after?: string }) => Promise<P & { next: string | undefined }>,
): Promise<P & { next: string | undefined }> => {
  const { after, limit, ...filters } = query;
  const list = `${name} ${JSON.stringify(filters)}`;
  const page = await read(after === undefined ? query : { ...query, after: placeIn(list, after) });
  return { ...page, next: cursorOf(list, page.next) };
};
