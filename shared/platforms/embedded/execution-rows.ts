import type { DatabaseSync } from "node:sqlite";
import { assert } from "#core/errors.ts";

/** Executions whose row number is kept in memory: more than run at once, about 2 MB. */
const cachedMax = 20_000;

/**
 * Finds the row number of an execution, which is its key in all tables: a small integer that rises
 * with the starts, so that executions of one time share pages.
 */
export interface ExecutionRows {
  readonly find: (executionId: string) => number | undefined;
  /** Makes the row if there is none: only inside a transaction. */
  readonly findOrMake: (executionId: string) => number;
  /** Must be called when a transaction was rolled back: rows that it made are gone. */
  readonly forget: () => void;
}

export const executionRows = (database: DatabaseSync): ExecutionRows => {
  const select = database.prepare("SELECT id FROM executions WHERE execution_id = ?");
  const insert = database.prepare(
    "INSERT INTO executions (execution_id) VALUES (?) ON CONFLICT DO NOTHING",
  );
  const cached = new Map<string, number>();

  const keep = (executionId: string, row: number): number => {
    cached.set(executionId, row);
    if (cached.size > cachedMax) {
      // The map is in the order of insertion: its first entry is the oldest.
      for (const oldest of cached.keys()) {
        cached.delete(oldest);
        break;
      }
    }
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
    forget: () => cached.clear(),
  };
};
