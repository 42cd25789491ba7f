import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import type { Call } from "./operation.ts";
import { HttpProblem } from "./problem.ts";

const cipher = "aes-256-ctr";
/** Bytes of a seal: what the cipher begins with. */
const sealSize = 16;

/** Places where lists go on, as callers get them: opaque, safe in a URL. */
export interface Cursors {
  /** `undefined` where there is no place. */
  readonly of: (list: string, place: string | undefined) => Promise<string | undefined>;
  /** The place that a cursor of this list stands for; `undefined`: it is none. */
  readonly placeOf: (list: string, cursor: string) => Promise<string | undefined>;
}

const hashed = (key: Uint8Array, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();

const sealOf = (key: Uint8Array, list: string, place: string): Buffer =>
  hashed(key, `${list}\n${place}`).subarray(0, sealSize);

/** What places are enciphered with: another key than that of the seals. No list has an empty name. */
const cipherKey = (key: Uint8Array): Buffer => hashed(key, "");

/**
 * Cursors that are sealed together with the list that they belong to: no store is ever handed a place that it did not
 * name. They are enciphered, each beginning with its own seal: a place may be that of something which the list leaves
 * out, for its reader may not know of it.
 */
export const sealedCursors = (keyOf: () => Promise<Uint8Array>): Cursors => ({
  of: async (list, place) => {
    if (!place) return undefined;
    const key = await keyOf();
    const seal = sealOf(key, list, place);
    const hidden = createCipheriv(cipher, cipherKey(key), seal).update(place);
    return Buffer.concat([seal, hidden]).toString("base64url");
  },

  placeOf: async (list, cursor) => {
    const key = await keyOf();
    const bytes = Buffer.from(cursor, "base64url");
    const seal = bytes.subarray(0, sealSize);
    if (seal.length < sealSize) return undefined;
    const shown = createDecipheriv(cipher, cipherKey(key), seal).update(bytes.subarray(sealSize));
    const place = shown.toString();
    return timingSafeEqual(seal, sealOf(key, list, place)) ? place : undefined;
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
