import { createHmac, timingSafeEqual } from "node:crypto";
import type { Call } from "./operation.ts";
import { HttpProblem } from "./problem.ts";

/** Characters of a signature: 96 bits. */
const signatureLength = 16;

/** Places where lists go on, as callers get them: opaque, safe in a URL. */
export interface Cursors {
  /** `undefined` where there is no place. */
  readonly of: (list: string, place: string | undefined) => Promise<string | undefined>;
  /** The place that a cursor of this list stands for; `undefined`: it is none. */
  readonly placeOf: (list: string, cursor: string) => Promise<string | undefined>;
}

const signature = (key: Uint8Array, list: string, place: string): string =>
  createHmac("sha256", key)
    .update(`${list}\n${place}`)
    .digest("base64url")
    .slice(0, signatureLength);

/** Cursors that are signed together with the list that they belong to: no store is ever handed a place that it did not name. */
export const signedCursors = (keyOf: () => Promise<Uint8Array>): Cursors => ({
  of: async (list, place) =>
    place && `${signature(await keyOf(), list, place)}${Buffer.from(place).toString("base64url")}`,

  placeOf: async (list, cursor) => {
    const place = Buffer.from(cursor.slice(signatureLength), "base64url").toString();
    const given = Buffer.from(cursor.slice(0, signatureLength));
    const due = Buffer.from(signature(await keyOf(), list, place));
    return given.length === due.length && timingSafeEqual(given, due) ? place : undefined;
  },
});

const notGiven = (): HttpProblem =>
  new HttpProblem("request-invalid", "The query is not valid. /after: no page gave it.", {
    action: "Give the next of the page before, with the same filters, or leave after out.",
    details: { problems: [{ in: "query", path: "/after", message: "No page gave it." }] },
  });

/**
 * A page of a list. A cursor is of one list with one set of filters: with others it would stand for
 * another place.
 */
export const pageOf = async <F extends { readonly limit: number }, P extends { next?: unknown }>(
  { cursors, query }: Pick<Call, "cursors"> & { readonly query: F & { readonly after?: string } },
  name: string,
  read: (place: F & { readonly after?: string }) => Promise<P & { next: string | undefined }>,
): Promise<P & { next: string | undefined }> => {
  const { after, limit, ...filters } = query;
  const list = `${name} ${JSON.stringify(filters)}`;
  const place = after === undefined ? undefined : await cursors.placeOf(list, after);
  if (after !== undefined && place === undefined) throw notGiven();
  const page = await read(place === undefined ? query : { ...query, after: place });
  return { ...page, next: await cursors.of(list, page.next) };
};
