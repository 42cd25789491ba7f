import type { ExecutionStatus } from "#core/execution/state.ts";
import type { HeadFilter } from "#ports/heads.ts";
import type { Condition, DynamoTable, Item, Query } from "./dynamo-table.ts";
import { duePartition, shardNames, startedPartition } from "./head-item.ts";
import { NewestFirst, type Part, placeOf } from "./newest-first.ts";

const statuses: readonly ExecutionStatus[] = [
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "ABORTED",
];

/** Index entries that one query looks at where most of them may be of other processes. */
const filteredPage = 500;
/** Those that one looks at of a backlog: about 1 MB, the most that there is at a time. */
const backlogPage = 4_000;
/** Queries of one list: where few of very many executions are of a process, its pages are short, empty even. */
const readsMax = 100;
/** What is due was started before, by clocks that differ by less, ms. */
const clocksApartMs = 60_000;

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

/** How much is read at a time, and of one list. */
interface Reading {
  readonly filteredPage: number;
  readonly backlogPage: number;
  readonly readsMax: number;
}

export interface HeadIndexOptions {
  readonly executions: DynamoTable;
  readonly shards: number;
  /** How much a list reads; for tests, which have few executions. */
  readonly reading?: Reading;
}

interface ListOptions extends HeadFilter {
  /** Entries that are wanted at a time. */
  readonly limit: number;
  readonly after?: string;
}

/** What a part of a list is asked for. */
interface PartOptions extends Pick<ListOptions, "process" | "after" | "limit"> {
  readonly reading: Reading;
}

const both = (conditions: readonly Condition[]): Condition | undefined =>
  conditions.length === 0
    ? undefined
    : {
        text: conditions.map(({ text }) => text).join(" AND "),
        values: Object.assign({}, ...conditions.map(({ values }) => values)),
      };

/** An execution id begins with the name of its process. */
const ofProcess = (process: string | undefined): readonly Condition[] =>
  process === undefined
    ? []
    : [
        {
          text: "begins_with(#execution, :process)",
          values: { ":process": { S: `${process}:` } },
        },
      ];

const startedBefore = (after: string | undefined): readonly Condition[] =>
  after === undefined ? [] : [{ text: "#startedAt < :after", values: { ":after": { S: after } } }];

const partitionIs = (name: string, partition: string): Condition => ({
  text: `#${name} = :partition`,
  values: { ":partition": { S: partition } },
});

const queryOf = (key: readonly Condition[], filter: readonly Condition[]) => {
  const [keyCondition, filterCondition] = [both(key), both(filter)];
  return {
    key: keyCondition ?? { text: "" },
    ...(filterCondition && { filter: filterCondition }),
  };
};

export const dueAtMsOf = (entry: Item): number => Number(entry["dueAtMs"]?.N);

const startedAtMsOf = (entry: Item): number => Number(placeOf(entry).split("#", 1)[0]);

const newest = (entries: readonly Item[], count: number): readonly Item[] =>
  [...entries].sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1)).slice(0, count);

/** A partition of the index `started`. */
const startedPart = (
  executions: DynamoTable,
  partition: string,
  { process, after, limit, reading }: PartOptions,
): Part => {
  const query: Query = {
    index: "started",
    ...queryOf(
      [partitionIs("startedShard", partition), ...startedBefore(after)],
      ofProcess(process),
    ),
    isDescending: true,
    limit: process === undefined ? limit : reading.filteredPage,
  };
  let last: Item | undefined;
  return {
    read: async () => {
      const page = await executions.query({ ...query, after: last });
      last = page.last;
      return { entries: page.items, ...(last && { reached: placeOf(last) }) };
    },
  };
};

/**
 * The newest starts of what waits for its turn in a partition of the index `due`, at most `limit`. No execution is due
 * before its start, so what is due before the oldest of these cannot be newer: of a backlog of hours so much is
 * read as was started in the last minutes, and only what is wanted is kept.
 */
const newestWaiting = async (
  executions: DynamoTable,
  partition: string,
  { process, after, limit, reading }: PartOptions,
): Promise<readonly Item[]> => {
  const query: Query = {
    index: "due",
    ...queryOf(
      [partitionIs("dueShard", partition)],
      [...ofProcess(process), ...startedBefore(after)],
    ),
    isDescending: true,
    limit: reading.backlogPage,
  };
  let found: readonly Item[] = [];
  let last: Item | undefined;
  const isFound = (): boolean => {
    const oldest = found[limit - 1];
    return (
      last === undefined ||
      (oldest !== undefined && startedAtMsOf(oldest) > dueAtMsOf(last) + clocksApartMs)
    );
  };
  do {
    const page = await executions.query({ ...query, after: last });
    last = page.last;
    found = newest([...found, ...page.items], limit);
  } while (!isFound());
  return found;
};

/** A partition of the index `due` with what waits for its turn, in the order of the starts. */
const turnPart = (executions: DynamoTable, partition: string, options: PartOptions): Part => {
  const { after: begin, ...others } = options;
  const { limit } = options;
  let after = begin;
  return {
    read: async () => {
      const entries = await newestWaiting(executions, partition, {
        ...others,
        ...(after !== undefined && { after }),
      });
      const oldest = entries[limit - 1];
      after = oldest && placeOf(oldest);
      return { entries, ...(after !== undefined && { reached: after }) };
    },
  };
};

interface DueOptions {
  readonly comparison: "<=" | ">";
  readonly atMs: number;
  readonly limit: number;
}

/** Of a partition of `due`, the earliest first, at most `limit`. */
const dueOf = async (
  executions: DynamoTable,
  partition: string,
  { comparison, atMs, limit }: DueOptions,
): Promise<readonly Item[]> => {
  const key = {
    text: `#dueShard = :shard AND #dueAtMs ${comparison} :atMs`,
    values: { ":shard": { S: partition }, ":atMs": { N: String(atMs) } },
  };
  const found: Item[] = [];
  let last: Item | undefined;
  do {
    const page = await executions.query({ index: "due", key, limit, after: last });
    found.push(...page.items);
    last = page.last;
  } while (last !== undefined && found.length < limit);
  return found.slice(0, limit);
};

/** What the indexes of the executions table say about heads. */
export const headIndex = ({ executions, shards, reading }: HeadIndexOptions) => {
  const limits = reading ?? { filteredPage, backlogPage, readsMax };
  return {
    /** Those that may match, newest first. */
    started: (options: ListOptions): NewestFirst => {
      const statuses = statusesOf(options);
      const names = shardNames(shards);
      const waitsForTurn = options.waitingFor === "turn";
      const partitions = statuses.flatMap((status) =>
        waitsForTurn ? [] : names.map((shard) => startedPartition(status, shard)),
      );
      const mayWaitForTurn = waitsForTurn || options.waitingFor === undefined;
      const isRunning = mayWaitForTurn && statuses.includes("RUNNING");
      const asked = { ...options, reading: limits };
      const parts = [
        ...partitions.map((partition) => startedPart(executions, partition, asked)),
        ...(isRunning
          ? names.map((shard) => turnPart(executions, duePartition(shard, true), asked))
          : []),
      ];
      return new NewestFirst(parts, limits.readsMax);
    },
    /** Those whose time compares so with an instant, the earliest first; at least the first `limit`. */
    due: async (comparison: "<=" | ">", atMs: number, limit: number): Promise<readonly Item[]> => {
      const found = await Promise.all(
        shardNames(shards)
          .flatMap((shard) => [duePartition(shard, false), duePartition(shard, true)])
          .map((partition) => dueOf(executions, partition, { comparison, atMs, limit })),
      );
      return found.flat().sort((a, b) => dueAtMsOf(a) - dueAtMsOf(b));
    },
  };
};
