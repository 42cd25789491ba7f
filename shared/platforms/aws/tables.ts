/** The two tables of an environment (ADR 16): the one place that knows their keys and indexes. */

export interface KeySchema {
  readonly partition: string;
  readonly sort: string;
}

export interface IndexSchema extends KeySchema {
  readonly name: string;
  readonly projection: "KEYS_ONLY" | "ALL" | { readonly with: readonly string[] };
}

export interface TableSchema extends KeySchema {
  readonly indexes: readonly IndexSchema[];
  /** Type of every attribute that is a key of the table or of an index. */
  readonly keyTypes: Readonly<Record<string, "S" | "N">>;
}

/** Logs, snapshots and heads. */
export const executionsTable = {
  partition: "execution",
  sort: "item",
  indexes: [
    {
      name: "due",
      partition: "dueShard",
      sort: "dueAtMs",
      // Never changes, so it costs no write of the index.
      projection: { with: ["startedAt"] },
    },
    { name: "started", partition: "startedShard", sort: "startedAt", projection: "KEYS_ONLY" },
  ],
  keyTypes: {
    execution: "S",
    item: "S",
    dueShard: "S",
    dueAtMs: "N",
    startedShard: "S",
    startedAt: "S",
  },
} as const satisfies TableSchema;

/** Documents. */
export const catalogTable = {
  partition: "collection",
  sort: "key",
  indexes: [{ name: "byIndex", partition: "collection", sort: "index", projection: "ALL" }],
  keyTypes: { collection: "S", key: "S", index: "S" },
} as const satisfies TableSchema;

/** Partitions of an index, where the environment does not say otherwise; fixed at the first deployment. */
export const shardsDefault = 4;
