import type { Call } from "../operation.ts";
import { ServiceFault } from "./service-fault.ts";

/** Items on a page where the caller does not say, or says 0. */
const pageSizeDefault = 100;

export interface PageInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/**
 * A page of a list; `list` names it with all of its filters: a token of another list stands for another
 * place. Throws `InvalidToken`.
 */
export const tokenPage = async <P extends { readonly next: string | undefined }>(
  {
    cursors,
    body: { maxResults, nextToken },
  }: Pick<Call, "cursors"> & { readonly body: PageInput },
  list: string,
  read: (place: { readonly limit: number; readonly after?: string }) => Promise<P>,
): Promise<P> => {
  const limit = maxResults === undefined || maxResults === 0 ? pageSizeDefault : maxResults;
  const after = nextToken === undefined ? undefined : await cursors.placeOf(list, nextToken);
  if (nextToken !== undefined && after === undefined)
    throw new ServiceFault("InvalidToken", `Invalid Token: 'no page of this list gave it'`);
  const page = await read({ limit, ...(after !== undefined && { after }) });
  return { ...page, next: await cursors.of(list, page.next) };
};

/** A page of what is all in memory. */
export const pageIn = <T>(
  items: readonly T[],
  { limit, after }: { readonly limit: number; readonly after?: string },
): { readonly items: readonly T[]; readonly next: string | undefined } => {
  const from = Number(after ?? 0);
  const next = from + limit < items.length ? String(from + limit) : undefined;
  return { items: items.slice(from, from + limit), next };
};
