import type { Action } from "#access/actions.ts";
import type { CallAccess, ObjectRef } from "#access/call-access.ts";

/** Pages of the store that one call reads at most while it looks for what belongs on its own. */
const roundsMax = 100;

/** Items that it looks at before it reads no further page. */
const lookedAtMax = 1_000;

/** Tells whether an item belongs into the list; `undefined`: every one. */
export type Keep<T> = ((item: T) => Promise<boolean>) | undefined;

/** Keeps what the caller may read. */
export const mayRead = <T>(
  access: CallAccess,
  action: Action,
  refOf: (item: T) => ObjectRef,
): Keep<T> => (access.holdsAll(action) ? undefined : (item) => access.covers(action, refOf(item)));

interface Pages<Q, P, T> {
  readonly read: (place: Q) => Promise<P>;
  readonly itemsOf: (page: P) => readonly T[];
  readonly keep: Keep<T>;
  /** Whether an item, and so all behind it, is beyond what is looked for. */
  readonly isBeyond?: ((item: T) => boolean) | undefined;
}

/**
 * A page of what belongs into a list. Where the store's own page is shorter than was asked and has a next one, the
 * store has read enough for one call, and so ends this one. It reads on for what it leaves out, but not for ever: then the
 * page is shorter than its limit, empty even, and has a next one.
 */
export const readablePage = async <
  Q extends { readonly limit: number; readonly after?: string | undefined },
  P extends { readonly next: string | undefined },
  T,
>(
  query: Q,
  { read, itemsOf, keep, isBeyond = () => false }: Pages<Q, P, T>,
): Promise<{ readonly items: readonly T[]; readonly next: string | undefined }> => {
  const items: T[] = [];
  let asked = query.limit;
  let page = await read(query);
  if (keep === undefined) return { items: itemsOf(page), next: page.next };
  let lookedAt = 0;
  for (let round = 1; ; round += 1) {
    const found = itemsOf(page);
    const kept = await Promise.all(found.map(keep));
    items.push(...found.filter((_, index) => kept[index]));
    lookedAt += found.length;
    const next = found.some(isBeyond) ? undefined : page.next;
    if (next === undefined || items.length >= query.limit) return { items, next };
    if (found.length < asked || round === roundsMax || lookedAt >= lookedAtMax)
      return { items, next };
    asked = query.limit - items.length;
    page = await read({ ...query, after: next, limit: asked });
  }
};
