/**
 * Who uses a data directory.
 *
 * `server.lock` is locked for writing by the server that is entering, and for reading by all that are
 * in. `servers/NAME.lock` is locked exclusively by the server of that name. Both are locks of small
 * SQLite files, which the operating system drops with the process, however it dies.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { OrchestratorError } from "#core/errors.ts";
import { makeDirectory } from "./make-directory.ts";
import { makeOwnFile } from "./own-file.ts";
import { processStart } from "./process-start.ts";
import { openDatabase } from "./sqlite.ts";
import { storageResultOf } from "./storage-error.ts";

/** How long a new server waits for another one that is just entering. */
const enteringMs = 5_000;
/** How long it waits for one that is just exiting. */
const exitingMs = 1_000;
/** How long a server that forgets another one waits for one that is just entering. */
const forgettingMs = 200;
/** A server that is gone is known for so long: a day. */
const goneKeptMs = 86_400_000;

/** Folder of the servers' files in a data directory. */
export const serversFolder = "servers";

/** A file of a server: what it says of itself, its lock, or what others say of it. */
export const serverFile = (
  directory: string,
  name: string,
  kind: "json" | "lock" | "silent" | "gone" | "stop",
): string => join(directory, serversFolder, `${name}.${kind}`);

/** Enough to find the process of a server, and to tell it from a later one of the same id. */
export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly processStart?: string;
  /** Tells this run of the server from every other. */
  readonly run: string;
}

/** Replaces a file of this server's at one instant; readers see the old text or the new one. */
export const replaceServerFile = (path: string, content: object): void => {
  writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

/** The names of the servers that have a file of a kind. */
export const serverNames = (directory: string, kind: "json" | "lock"): readonly string[] => {
  const suffix = `.${kind}`;
  try {
    const files = readdirSync(join(directory, serversFolder));
    return files
      .filter((file) => file.endsWith(suffix))
      .map((file) => file.slice(0, -suffix.length));
  } catch {
    // There has been no server yet.
    return [];
  }
};

const look = (database: DatabaseSync): void => {
  database.prepare("SELECT count(*) FROM sqlite_schema").get();
};

/** Whether the process of a server lives: whether it stands still only its heartbeat tells. */
export const isServerAlive = (directory: string, name: string, busyMs = 0): boolean => {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(serverFile(directory, name, "lock"), { busyMs, readOnly: true });
    look(database);
    return false;
  } catch (error) {
    return storageResultOf(error) === "busy";
  } finally {
    database?.close();
  }
};

const pidOf = (directory: string, name: string): number | undefined => {
  try {
    return (JSON.parse(readFileSync(serverFile(directory, name, "json"), "utf8")) as ServerProcess)
      .pid;
  } catch {
    // It has just entered, or is leaving: then it stays unnamed.
    return undefined;
  }
};

const inUse = (
  directory: string,
  holder: { readonly name?: string; readonly cause?: unknown } = {},
): OrchestratorError => {
  const { name, cause } = holder;
  const pid = name === undefined ? undefined : pidOf(directory, name);
  const process = pid === undefined ? "" : ` (process ${pid})`;
  return new OrchestratorError(
    "data-directory-in-use",
    `another server uses the data directory ${directory}${process}`,
    {
      action: `Let this one work beside it with --join ${directory}, stop that server, or use another directory.`,
      details: { directory, pid, server: name },
      cause,
    },
  );
};

const nameTaken = (directory: string, name: string): OrchestratorError =>
  new OrchestratorError(
    "data-directory-in-use",
    `a server ${name} runs on the data directory ${directory} already`,
    { action: "Give this one another name with --name.", details: { directory, server: name } },
  );

/** Lets one after the other in; the result lets the next one in. */
const lockGate = (directory: string, busyMs = enteringMs): (() => void) => {
  const path = join(directory, "server.lock");
  makeOwnFile(path);
  const gate = openDatabase(path, { busyMs });
  try {
    gate.exec("BEGIN IMMEDIATE");
  } catch (error) {
    gate.close();
    if (storageResultOf(error) !== "busy") throw error;
    throw inUse(directory, { cause: error });
  }
  return () => gate.close();
};

const fileKinds = ["json", "silent", "gone", "stop", "lock"] as const;

const removeFiles = (directory: string, name: string): void => {
  for (const kind of fileKinds) rmSync(serverFile(directory, name, kind), { force: true });
};

/** Forgets a server that is gone; one that has come back meanwhile stays. Throws `data-directory-in-use` if others do not let in. */
export const forgetServer = (directory: string, name: string): void => {
  // A server that works must not wait long.
  const open = lockGate(directory, forgettingMs);
  try {
    if (!isServerAlive(directory, name)) removeFiles(directory, name);
  } finally {
    open();
  }
};

/** Whether others have known for long that a server is gone. */
const isLongGone = (directory: string, name: string): boolean => {
  const mark = statSync(serverFile(directory, name, "gone"), { throwIfNoEntry: false });
  return mark !== undefined && mark.mtimeMs < Date.now() - goneKeptMs;
};

/** What is left of servers: a lock without a name, of one that died while it was entering or leaving, and those that are long gone. */
const removeRemains = (directory: string): void => {
  const known = new Set(serverNames(directory, "json"));
  for (const name of serverNames(directory, "lock"))
    if ((!known.has(name) || isLongGone(directory, name)) && !isServerAlive(directory, name))
      removeFiles(directory, name);
};

/** Holds the lock of a name, and keeps those out who want the directory for themselves. */
const holdLocks = (directory: string, name: string): readonly DatabaseSync[] => {
  const path = serverFile(directory, name, "lock");
  makeOwnFile(path);
  const held = [openDatabase(path, { busyMs: exitingMs })];
  try {
    // Nothing is ever written to it: it needs no journal on disk.
    held[0]?.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    const shared = openDatabase(join(directory, "server.lock"), { busyMs: exitingMs });
    held.push(shared);
    shared.exec("BEGIN");
    look(shared);
    return held;
  } catch (error) {
    for (const database of held) database.close();
    throw storageResultOf(error) === "busy" ? nameTaken(directory, name) : error;
  }
};

/** A server's place in a data directory. */
export interface Entered {
  /** Others may enter. */
  readonly ready: () => void;
  /** Gives the place up; nothing of this server stays behind. */
  readonly leave: () => void;
}

/** How a server comes to a data directory. */
export interface Entry {
  /** Name of the server. */
  readonly name: string;
  /** Tells this run of it from every other. */
  readonly run: string;
  /** Beside others, and only if the environment is there; else alone, and it is made if it is absent. */
  readonly isJoining: boolean;
}

const enter = (directory: string, { name, run, isJoining }: Entry): (() => void) => {
  if (isServerAlive(directory, name, exitingMs)) throw nameTaken(directory, name);
  removeRemains(directory);
  if (!isJoining) {
    const other = serverNames(directory, "lock").find((each) =>
      isServerAlive(directory, each, exitingMs),
    );
    if (other !== undefined) throw inUse(directory, { name: other });
  }
  const held = holdLocks(directory, name);
  // What was said of a server of this name before.
  for (const kind of ["silent", "gone", "stop"] as const)
    rmSync(serverFile(directory, name, kind), { force: true });
  const start = processStart(process.pid);
  const self: ServerProcess = {
    name,
    run,
    pid: process.pid,
    ...(start && { processStart: start }),
  };
  replaceServerFile(serverFile(directory, name, "json"), self);
  return () => {
    // The lock's file goes while it is locked: later its name may be another server's.
    removeFiles(directory, name);
    for (const database of held) database.close();
  };
};

/**
 * Makes this process a server of a data directory, the only one unless it joins others. Nobody else
 * enters before `ready`. Throws `data-directory-in-use`.
 */
export const enterDirectory = (directory: string, entry: Entry): Entered => {
  makeDirectory(join(directory, serversFolder), 0o700);
  const ready = lockGate(directory);
  try {
    return { ready, leave: enter(directory, entry) };
  } catch (error) {
    ready();
    throw error;
  }
};
