import type { ExecutionStatus } from "#core/execution/state.ts";
import type { Head, HeadFilter, Heads } from "#ports/heads.ts";
import type { Condition, DynamoTable, Item, Query } from "./dynamo-table.ts";
import {
  duePartition,
  headOf,
  leaseOf,
  shardNames,
  startedPartition,
  startedPlace,
} from "./head-item.ts";
import { headItem, keyOf } from "./log-items.ts";

const statuses: readonly ExecutionStatus[] = [
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "ABORTED",
];

/** Index entries that one query looks at where most of them may be of other processes. */
const filteredPage = 500;

const matches = (head: Head, filter: HeadFilter): boolean =>
  (filter.process === undefined || head.process === filter.process) &&
  (filter.status === undefined || head.status === filter.status) &&
  (filter.waitingFor === undefined || head.waitingFor?.kind === filter.waitingFor) &&
  (filter.waitingSinceMs === undefined ||
    (head.waitingFor !== undefined && head.waitingFor.sinceMs <= filter.waitingSinceMs));

/** Only what runs waits for something. */
const statusesOf = ({
  status,
  waitingFor,
  waitingSinceMs,
}: HeadFilter): readonly ExecutionStatus[] => {
  const waits = waitingFor !== undefined || waitingSinceMs !== undefined;
  if (waits) return status === undefined || status === "RUNNING" ? ["RUNNING" as const] : [];
  return status === undefined ? statuses : [status];
};

type Entries = AsyncGenerator<Item, undefined>;

const placeOf = (entry: Item): string => entry["startedAt"]?.S ?? "";

/**
 * The entries of several lists, each of which is newest first, as one that is so. An entry that an index
 * which lags has in two of them comes once.
 */
async function* newestFirst(lists: readonly Entries[]): Entries {
  const heads = await Promise.all(
    lists.map(async (list) => ({ list, entry: (await list.next()).value })),
  );
  let before = "";
  for (;;) {
    const [first] = heads
      .filter(({ entry }) => entry !== undefined)
      .sort((a, b) => (placeOf(a.entry ?? {}) < placeOf(b.entry ?? {}) ? 1 : -1));
    if (first?.entry === undefined) return undefined;
    if (placeOf(first.entry) !== before) yield first.entry;
    before = placeOf(first.entry);
    first.entry = (await first.list.next()).value;
  }
}

/** At most `max` of the next entries. */
const take = async (entries: Entries, max: number): Promise<readonly Item[]> => {
  const taken: Item[] = [];
  while (taken.length < max) {
    const { value } = await entries.next();
    if (value === undefined) break;
    taken.push(value);
  }
  return taken;
};

/** What a page of a list begins behind. */
const beforePlace = (partition: string, after: string | undefined): Condition =>
  after === undefined
    ? { text: "#startedShard = :partition", values: { ":partition": { S: partition } } }
    : {
        text: "#startedShard = :partition AND #startedAt < :after",
        values: { ":partition": { S: partition }, ":after": { S: after } },
      };

/** What to ask a partition of the index `started` for. */
const startedQuery = (
  partition: string,
  { process, after, limit }: { process?: string; after?: string; limit: number },
): Query => ({
  index: "started",
  key: beforePlace(partition, after),
  isDescending: true,
  ...(process === undefined
    ? { limit }
    : {
        // An execution id begins with the name of its process.
        filter: {
          text: "begins_with(#execution, :process)",
          values: { ":process": { S: `${process}:` } },
        },
        limit: filteredPage,
      }),
});

const dueAtMsOf = (entry: Item): number => Number(entry["dueAtMs"]?.N);

/** Entries of executions that wait for their turn, as a list of those of `process` that begins behind `after`. */
const listed = (
  entries: readonly Item[],
  { process, after }: { process?: string; after?: string },
): readonly Item[] =>
  entries
    .filter(({ execution }) => !process || execution?.S?.startsWith(`${process}:`))
    .filter((entry) => after === undefined || placeOf(entry) < after)
    .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));

interface HeadsOptions {
  readonly executions: DynamoTable;
  readonly shards: number;
}

/** What the indexes say. */
const indexEntries = ({ executions, shards }: HeadsOptions) => {
  async function* entriesOf(query: Query): Entries {
    let after: Item | undefined;
    do {
      const page = await executions.query({ ...query, after });
      yield* page.items;
      after = page.last;
    } while (after !== undefined);
    return undefined;
  }

  /** Few at any time: what waits for a turn has one in a moment. */
  async function* waitingForTurn(shard: string, options: Parameters<Heads["list"]>[0]): Entries {
    const partition = { ":shard": { S: duePartition(shard, true) } };
    const key = { text: "#dueShard = :shard", values: partition };
    const all = await take(entriesOf({ index: "due", key }), Number.POSITIVE_INFINITY);
    yield* listed(all, options);
    return undefined;
  }

  /** Of one partition, the earliest first, at most `limit`. */
  const dueOf = (
    partition: string,
    {
      comparison,
      atMs,
      limit,
    }: { readonly comparison: "<=" | ">"; readonly atMs: number; readonly limit: number },
  ): Promise<readonly Item[]> => {
    const key = {
      text: `#dueShard = :shard AND #dueAtMs ${comparison} :atMs`,
      values: { ":shard": { S: partition }, ":atMs": { N: String(atMs) } },
    };
    return take(entriesOf({ index: "due", key, limit }), limit);
  };

  return {
    /** Those that may match, newest first. */
    started: (options: Parameters<Heads["list"]>[0]): Entries => {
      const statuses = statusesOf(options);
      const names = shardNames(shards);
      const waitsForTurn = options.waitingFor === "turn";
      const partitions = statuses.flatMap((status) =>
        waitsForTurn ? [] : names.map((shard) => startedPartition(status, shard)),
      );
      const mayWaitForTurn = waitsForTurn || options.waitingFor === undefined;
      const isRunning = mayWaitForTurn && statuses.includes("RUNNING");
      return newestFirst([
        ...partitions.map((partition) => entriesOf(startedQuery(partition, options))),
        ...(isRunning ? names.map((shard) => waitingForTurn(shard, options)) : []),
      ]);
    },
    /** Those whose time compares so with an instant, the earliest first; at least the first `limit`. */
    due: async (comparison: "<=" | ">", atMs: number, limit: number): Promise<readonly Item[]> => {
      const found = await Promise.all(
        shardNames(shards)
          .flatMap((shard) => [duePartition(shard, false), duePartition(shard, true)])
          .map((partition) => dueOf(partition, { comparison, atMs, limit })),
      );
      return found.flat().sort((a, b) => dueAtMsOf(a) - dueAtMsOf(b));
    },
  };
};

/** Read side of the heads on AWS: what belongs into a list says an index, what it is the table. */
export const awsHeads = (options: HeadsOptions): Heads => {
  const { executions } = options;
  const index = indexEntries(options);

  /** In the order of the entries; those that are gone are left out. */
  const headsOf = async (entries: readonly Item[]): Promise<readonly Head[]> => {
    const ids = [...new Set(entries.map(({ execution }) => execution?.S ?? ""))];
    const items = await executions.getAll(ids.map((id) => keyOf(id, headItem)));
    const heads = new Map(items.map((item) => [item["execution"]?.S, headOf(item)]));
    return ids.flatMap((id) => heads.get(id) ?? []);
  };

  return {
    get: async (executionId) => {
      const item = await executions.get(keyOf(executionId, headItem));
      return item && { head: headOf(item), lease: leaseOf(item) };
    },
    list: async ({ limit, after, ...filter }) => {
      const wanted = limit + 1;
      const entries = index.started({ ...filter, ...(after && { after }), limit: wanted });
      const found: Head[] = [];
      while (found.length < wanted) {
        const some = await take(entries, wanted);
        if (some.length === 0) break;
        found.push(...(await headsOf(some)).filter((head) => matches(head, filter)));
      }
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { heads: page, next: found.length > limit && last ? startedPlace(last) : undefined };
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
