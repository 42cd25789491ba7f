import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const serverFileName = "server.json";

/** Tells local clients where the server of a data directory answers. */
export const writeServerFile = (
  dataDirectory: string,
  server: { readonly url: string; readonly pid: number; readonly startedAt: string },
): void => {
  const file = join(dataDirectory, serverFileName);
  writeFileSync(`${file}.new`, `${JSON.stringify(server)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};

/** The server has stopped. After a crash the file stays and names a server that no longer answers. */
export const removeServerFile = (dataDirectory: string): void =>
  rmSync(join(dataDirectory, serverFileName), { force: true });
