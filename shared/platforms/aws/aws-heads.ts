import type { Head, HeadFilter, Heads } from "#ports/heads.ts";
import type { Item } from "./dynamo-table.ts";
import { dueAtMsOf, type HeadIndexOptions, headIndex } from "./head-index.ts";
import { headOf, leaseOf, startedPlace } from "./head-item.ts";
import { headItem, keyOf } from "./log-items.ts";
import { placeOf } from "./newest-first.ts";

/** Heads that one call of `list` looks at where most of them may wait for something else. */
const lookedAtMax = 1_000;
/** Heads that it reads at a time then. */
const readAtOnce = 100;

const matches = (head: Head, filter: HeadFilter): boolean =>
  (filter.process === undefined || head.process === filter.process) &&
  (filter.status === undefined || head.status === filter.status) &&
  (filter.waitingFor === undefined || head.waitingFor?.kind === filter.waitingFor) &&
  (filter.waitingSinceMs === undefined ||
    (head.waitingFor !== undefined && head.waitingFor.sinceMs <= filter.waitingSinceMs));

/** Index entries whose heads are read together, where `wanted` are to be found. */
const atOnceOf = ({ waitingFor, waitingSinceMs }: HeadFilter, wanted: number): number =>
  waitingFor === undefined && waitingSinceMs === undefined ? wanted : Math.max(wanted, readAtOnce);

/** Read side of the heads on AWS: what belongs into a list says an index, what it is the table. */
export const awsHeads = (options: HeadIndexOptions): Heads => {
  const { executions } = options;
  const index = headIndex(options);

  /** In the order of the entries; those that are gone are left out. */
  const headsOf = async (entries: readonly Item[]): Promise<readonly Head[]> => {
    const ids = [...new Set(entries.map(({ execution }) => execution?.S ?? ""))];
    const items = await executions.getAll(ids.map((id) => keyOf(id, headItem)));
    const heads = new Map(items.map((item) => [item["execution"]?.S, headOf(item)]));
    return ids.flatMap((id) => heads.get(id) ?? []);
  };

  /** At least those that are wanted, if there are so many; `behind`: where to go on if it has looked at enough. */
  const search = async (
    filter: HeadFilter,
    { wanted, after }: { readonly wanted: number; readonly after?: string },
  ): Promise<{ readonly found: readonly Head[]; readonly behind: string | undefined }> => {
    const atOnce = atOnceOf(filter, wanted);
    const entries = index.started({ ...filter, ...(after && { after }), limit: atOnce });
    const found: Head[] = [];
    for (let lookedAt = 0; ; ) {
      const some = await entries.take(atOnce);
      const last = some.at(-1);
      if (last === undefined) return { found, behind: entries.stoppedAt };
      found.push(...(await headsOf(some)).filter((head) => matches(head, filter)));
      lookedAt += some.length;
      if (found.length >= wanted || lookedAt >= lookedAtMax)
        return { found, behind: placeOf(last) };
    }
  };

  return {
    get: async (executionId) => {
      const item = await executions.get(keyOf(executionId, headItem));
      return item && { head: headOf(item), lease: leaseOf(item) };
    },
    list: async ({ limit, after, ...filter }) => {
      const { found, behind } = await search(filter, {
        wanted: limit + 1,
        ...(after && { after }),
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { heads: page, next: found.length > limit && last ? startedPlace(last) : behind };
    },
    due: async (nowMs, limit) => {
      const heads = await headsOf((await index.due("<=", nowMs, limit)).slice(0, limit));
      // The index may lag behind the table.
      return heads.filter(
        ({ nextCheckAtMs }) => nextCheckAtMs !== undefined && nextCheckAtMs <= nowMs,
      );
    },
    nextDueAtMs: async (afterMs) => {
      const [first] = await index.due(">", afterMs, 1);
      return first && dueAtMsOf(first);
    },
  };
};
