import { chmodSync, closeSync, existsSync, openSync } from "node:fs";

/**
 * Makes a file that only its owner may read, if it is absent, before SQLite opens it. A file that is
 * there is never opened: closing it would drop every lock that this process holds on it (POSIX).
 */
export const makeOwnFile = (path: string): void => {
  if (existsSync(path)) chmodSync(path, 0o600);
  else closeSync(openSync(path, "wx", 0o600));
};
