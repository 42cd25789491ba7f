import { resolve } from "node:path";
import { backupDataDirectory, restoreDataDirectory } from "#local/backup.ts";
import { exitCodes } from "../exit.ts";
import type { Call } from "./call.ts";

/** Copies a data directory, also while its server runs. */
export const backup = async (
  { options: { data, json }, terminal }: Call,
  target: string,
): Promise<number> => {
  await backupDataDirectory({ dataDirectory: resolve(data), target: resolve(target) });
  if (json === true) terminal.json({ data: resolve(data), backup: resolve(target) });
  else terminal.out(`${resolve(data)} is backed up to ${resolve(target)}`);
  return exitCodes.success;
};

/** Makes a data directory from a backup. */
export const restore = async (
  { options: { data, json }, terminal }: Call,
  from: string,
): Promise<number> => {
  await restoreDataDirectory({ from: resolve(from), dataDirectory: resolve(data) });
  if (json === true) {
    terminal.json({ data: resolve(data), backup: resolve(from) });
    return exitCodes.success;
  }
  terminal.out(`${resolve(from)} is restored to ${resolve(data)}`);
  terminal.out(`Start it with: npx holdfast start --data ${data}`);
  return exitCodes.success;
};
