import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What the log of a process's executions holds. */
export interface RecordCounts {
  readonly executions: number;
  readonly records: number;
  /** Records of the execution that has the fewest. */
  readonly fewest: number;
}

/** Counts the records of a process in the database file of a data directory that no server uses. */
export const countRecords = (directory: string, process: string): RecordCounts => {
  const database = new DatabaseSync(join(directory, "holdfast.db"), { readOnly: true });
  try {
    const counted = database
      .prepare(
        `SELECT count(*) AS executions, sum(records) AS records, min(records) AS fewest FROM (
           SELECT count(*) AS records FROM executions
           JOIN records ON records.execution = executions.id
           WHERE executions.process = ? GROUP BY executions.id)`,
      )
      .get(process);
    return {
      executions: Number(counted?.["executions"] ?? 0),
      records: Number(counted?.["records"] ?? 0),
      fewest: Number(counted?.["fewest"] ?? 0),
    };
  } finally {
    database.close();
  }
};
