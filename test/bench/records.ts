import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How many records the data directory holds, counted in its database file with no server on it. */
export const recordsIn = (directory: string): number => {
  const file = readdirSync(directory).find((name) => /\.(db|sqlite)$/.test(name));
  if (file === undefined) throw new Error(`${directory} holds no database`);
  const database = new DatabaseSync(join(directory, file), { readOnly: true });
  try {
    const row = database.prepare("SELECT count(*) AS count FROM records").get();
    return Number(row?.["count"] ?? 0);
  } finally {
    database.close();
  }
};
