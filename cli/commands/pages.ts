import type { Client, Query } from "../environment/client.ts";

/** The most that one page of the API holds. */
const pageSizeMax = 1000;

interface PagesOptions {
  readonly path: string;
  /** The field of the answer that holds the items. */
  readonly field: string;
  readonly query?: Query;
  readonly limit: number;
}

/** Reads pages until there are `limit` items or no more; `hasMore` says which. */
export const readPages = async <T>(
  client: Client,
  { path, field, query, limit }: PagesOptions,
): Promise<{ readonly items: readonly T[]; readonly hasMore: boolean }> => {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page: Readonly<Record<string, unknown>> = await client.get(path, {
      ...query,
      limit: Math.min(pageSizeMax, limit - items.length),
      after,
    });
    items.push(...(page[field] as readonly T[]));
    after = page["next"] as string | undefined;
  } while (after !== undefined && items.length < limit);
  return { items, hasMore: after !== undefined };
};
