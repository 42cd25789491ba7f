import type { Action } from "#access/actions.ts";
import type { CallAccess, ObjectRef } from "#access/call-access.ts";

/** Pages of the store that one call reads at most while it looks for what the caller may read. */
const roundsMax = 20;

/** Tells whether the caller may read an item; `undefined`: every one. */
export type MayRead<T> = ((item: T) => Promise<boolean>) | undefined;

/** What a list asks about each of its items. */
export const mayRead = <T>(
  access: CallAccess,
  action: Action,
  refOf: (item: T) => ObjectRef,
): MayRead<T> =>
  access.holdsAll(action) ? undefined : (item) => access.covers(action, refOf(item));

interface Pages<Q, P, T> {
  readonly read: (place: Q) => Promise<P>;
  readonly itemsOf: (page: P) => readonly T[];
  readonly mayRead: MayRead<T>;
}

/**
 * A page of what the caller may read. It reads on for what it leaves out, but not for ever: then the
 * page is shorter than its limit and has a next one.
 */
export const readablePage = async <
  Q extends { readonly limit: number; readonly after?: string | undefined },
  P extends { readonly next: string | undefined },
  T,
>(
  query: Q,
  { read, itemsOf, mayRead: may }: Pages<Q, P, T>,
): Promise<{ readonly items: readonly T[]; readonly next: string | undefined }> => {
  const items: T[] = [];
  let page = await read(query);
  if (may === undefined) return { items: itemsOf(page), next: page.next };
  for (let round = 1; ; round += 1) {
    const found = itemsOf(page);
    const readable = await Promise.all(found.map(may));
    items.push(...found.filter((_, index) => readable[index]));
    const { next } = page;
    if (next === undefined || items.length >= query.limit || round === roundsMax)
      return { items, next };
    page = await read({ ...query, after: next, limit: query.limit - items.length });
  }
};
