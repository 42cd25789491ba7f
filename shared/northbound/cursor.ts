import { OrchestratorError } from "#core/errors.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import type { Call } from "./operation.ts";
import { HttpProblem } from "./problem.ts";

/** Places where lists go on, as callers get them: opaque, safe in a URL. */
export interface Cursors {
  /** `undefined` where there is no place. */
  readonly of: (list: string, place: string | undefined) => Promise<string | undefined>;
  /** The place that a cursor of this list stands for; `undefined`: it is none. */
  readonly placeOf: (list: string, cursor: string) => Promise<string | undefined>;
}

/**
 * Cursors that are sealed together with the list that they belong to: no store is ever handed a place that it did not
 * name. Nobody reads them: a place may be that of something which the list leaves out, for its reader may not know of it.
 */
export const sealedCursors = (keyOf: () => Promise<Uint8Array>): Cursors => {
  const sealing = aesSealing(keyOf);
  return {
    of: async (list, place) => (place ? sealing.seal(place, list) : undefined),
    placeOf: async (list, cursor) => {
      try {
        return await sealing.unseal(cursor, list);
      } catch (error) {
        if (error instanceof OrchestratorError && error.code === "seal-invalid") return undefined;
        throw error;
      }
    },
  };
};

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
