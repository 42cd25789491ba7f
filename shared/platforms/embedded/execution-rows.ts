import type { DatabaseSync } from "node:sqlite";
import { assert } from "#core/errors.ts";
import type { Position } from "#core/execution/record.ts";
import { RecentMap } from "#core/recent-map.ts";
import { headInsertion, type headValues } from "./head-row.ts";
import type { IndexFile } from "./index-file.ts";
import { type KnownRows, knownRows } from "./known-rows.ts";

/** Executions whose row number is kept in memory: more than run at once, about 2 MB. */
const cachedMax = 10_000;

/**
 * Finds the row number of an execution, which is its key in all tables: a small integer that rises
 * with the starts, so that executions of one time share pages.
 */
export interface ExecutionRows {
  readonly find: (executionId: string) => number | undefined;
  /** Makes the row if there is none: only inside a transaction. */
  readonly findOrMake: (executionId: string) => number;
  /** Makes the row together with its head; nothing, if there is one already: only inside a transaction. */
  readonly makeWith: (
    executionId: string,
    head: ReturnType<typeof headValues>,
  ) => number | undefined;
  /** Where the logs end of executions by their rows: whoever changes one must say. */
  readonly ends: KnownRows<number, Position>;
  /** Must be called when a transaction was rolled back: rows that it made are gone. */
  readonly forget: () => void;
}

export const executionRows = (database: DatabaseSync, index?: IndexFile): ExecutionRows => {
  const select = database.prepare("SELECT id FROM executions WHERE execution_id = ?");
  const insert = database.prepare(
    "INSERT INTO executions (execution_id) VALUES (?) ON CONFLICT DO NOTHING",
  );
  const insertHead = database.prepare(
    `INSERT INTO executions ${headInsertion} ON CONFLICT DO NOTHING`,
  );
  const cached = new RecentMap<string, number>(cachedMax);

  const ends = knownRows<number, Position>(database, { countMax: cachedMax, index });

  const keep = (executionId: string, row: number): number => {
    cached.put(executionId, row);
    return row;
  };
  const find = (executionId: string): number | undefined => {
    const known = cached.get(executionId);
    if (known !== undefined) return known;
    const found = select.get(executionId) as { id: number } | undefined;
    return found === undefined ? undefined : keep(executionId, found.id);
  };

  /** What is not in memory is new, almost always: it is not looked for first. */
  const make = (executionId: string): number | undefined => {
    const { changes, lastInsertRowid } = insert.run(executionId);
    return changes === 1 ? keep(executionId, Number(lastInsertRowid)) : find(executionId);
  };

  return {
    find,
    findOrMake: (executionId) => {
      const row = cached.get(executionId) ?? make(executionId);
      assert(row !== undefined, "a row that could not be made is there");
      return row;
    },
    makeWith: (executionId, head) => {
      if (cached.get(executionId) !== undefined) return undefined;
      const { changes, lastInsertRowid } = insertHead.run(executionId, ...head);
      return changes === 1 ? keep(executionId, Number(lastInsertRowid)) : undefined;
    },
    ends,
    forget: () => {
      cached.clear();
      ends.forget();
    },
  };
};
