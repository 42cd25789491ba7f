/** How many children of a map run may fail. */
export interface Tolerance {
  readonly count?: number;
  /** 0 to 100. */
  readonly percentage?: number;
}

/**
 * Whether the failures so far are more than is tolerated. A percentage is one of all items, which
 * are known only when every one was read; until then only the count decides.
 */
export const isExceeded = (
  { count, percentage }: Tolerance,
  so: { readonly failed: number; readonly total: number | undefined },
): boolean => {
  if (so.failed === 0) return false;
  if (count === undefined && percentage === undefined) return true;
  if (count !== undefined && so.failed > count) return true;
  if (percentage === undefined || so.total === undefined) return false;
  return so.failed * 100 > percentage * so.total;
};
