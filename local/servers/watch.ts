import { existsSync, statSync, writeFileSync } from "node:fs";
import { isStopped, processStart } from "#platforms/embedded/process-start.ts";
import { isServerAlive, serverFile, serverNames } from "#platforms/embedded/server-lock.ts";
import { writeLockHolder } from "#platforms/embedded/write-lock-holder.ts";
import type { Peers } from "#ports/peers.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { readEntry, type ServerEntry } from "./server-entry.ts";

/** How often it looks for the others, ms. A look takes about 0.1 ms for each of them. */
const lookMs = 250;
/** Without a heartbeat for so long a server counts as silent: it stands still, or is kept from its work. */
export const silentMs = 2_000;
/** A process that was stopped by a signal is known not to work; it is told from one that is slow so much earlier. */
const stoppedMs = 1_000;
/** A server that stands still for another reason is killed when it has blocked the database for so long. */
const blockedMsMax = 10_000;

/** Another server, as this one has seen it until now. */
export interface Watched {
  readonly entry: ServerEntry;
  readonly isAlive: boolean;
  /** How long no heartbeat came while this server was looking, ms. */
  readonly silentForMs: number;
}

export interface WatchOptions {
  readonly directory: string;
  /** Of this server. */
  readonly name: string;
  readonly run: string;
  /** Whether there are other living servers has changed. */
  readonly shared: (isShared: boolean) => void;
  /** Another server is gone, and this one is the first to see it. */
  readonly gone: (isGone: Peers["isGone"]) => void;
  readonly onSystemEvent: (event: SystemEvent) => void;
}

interface Seen extends Watched {
  readonly beat: string;
}

/** Writes what only the first who sees it is to tell. */
const isFirst = (path: string): boolean => {
  try {
    writeFileSync(path, `${new Date().toISOString()}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch {
    return false;
  }
};

/** Name and tag of the run that a turn is of, and its number. */
const turnPattern = /^(.+)-([0-9a-f]{8})-[0-9a-z]+$/;

/** The same for the same id on all servers. */
const hashOf = (id: string): number => {
  let hash = 0;
  for (let index = 0; index < id.length; index += 1)
    hash = (Math.imul(hash, 31) + id.charCodeAt(index)) | 0;
  return hash >>> 0;
};

/** Whether a server does nothing at all, and its process is still the one that it says. */
const standsStill = ({ entry, isAlive, silentForMs }: Watched, blockedForMs: number): boolean => {
  if (!isAlive || entry.processStart === undefined) return false;
  const isStill =
    (silentForMs >= stoppedMs && isStopped(entry.pid)) ||
    (silentForMs >= silentMs && blockedForMs >= blockedMsMax);
  return isStill && processStart(entry.pid) === entry.processStart;
};

/** Watches the other servers of the data directory: who is there, how much they have to do, who stands still. */
export class ServerWatch implements Peers {
  readonly #options: WatchOptions;
  #seen = new Map<string, Seen>();
  #working: readonly Seen[] = [];
  #names: readonly string[] = [];
  #loads: readonly number[] = [];
  #lookedAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  begin(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), lookMs);
    this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  loads(): readonly number[] {
    return this.#loads;
  }

  names(): readonly string[] {
    return [...this.#seen.values()].filter(({ isAlive }) => isAlive).map(({ entry }) => entry.name);
  }

  isFirstFor(executionId: string): boolean {
    return this.#names[hashOf(executionId) % this.#names.length] === this.#options.name;
  }

  isGone(turn: string): boolean {
    const [, name, tag] = turnPattern.exec(turn) ?? [];
    const { directory, name: own } = this.#options;
    // Of an earlier run of this name nothing can be left: it had the lock that this one has now.
    if (name === undefined || name === own)
      return name === own && !turn.startsWith(`${this.#options.run}-`);
    // The lock first: what the file says then is of whoever has the lock, or of one before.
    if (!isServerAlive(directory, name)) return true;
    const run = readEntry(directory, name)?.entry.run;
    return run !== undefined && run !== `${name}-${tag}`;
  }

  /** The same for many turns at once: each run is looked at once. */
  goneRuns(): (turn: string) => boolean {
    const known = new Map<string, boolean>();
    return (turn) => {
      const run = turn.slice(0, turn.lastIndexOf("-"));
      const isGone = known.get(run) ?? this.isGone(turn);
      known.set(run, isGone);
      return isGone;
    };
  }

  /** All others that are known, those that are gone too. */
  get others(): readonly Watched[] {
    return [...this.#seen.values()];
  }

  look(): void {
    const nowMs = performance.now();
    // What passed while this server itself stood still says nothing about others.
    const sinceMs = Math.min(nowMs - this.#lookedAtMs, 2 * lookMs);
    this.#lookedAtMs = nowMs;
    const { directory, name, shared } = this.#options;
    const seen = new Map<string, Seen>();
    for (const other of serverNames(directory, "json")) {
      const found = other === name ? undefined : this.#lookAt(other, sinceMs);
      if (found !== undefined) seen.set(other, found);
    }
    this.#seen = seen;
    const alive = [...seen.values()].filter(({ isAlive }) => isAlive);
    this.#working = alive.filter(
      ({ entry, silentForMs }) => silentForMs < silentMs && entry.state === "running",
    );
    this.#names = [name, ...this.#working.map(({ entry }) => entry.name)].sort();
    this.#loads = this.#working.map(({ entry }) => entry.executions ?? 0);
    shared(alive.length > 0);
  }

  #lookAt(name: string, sinceMs: number): Seen | undefined {
    const { directory } = this.#options;
    const path = serverFile(directory, name, "json");
    const read = readEntry(directory, name);
    const touchedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (read === undefined || touchedAtMs === undefined) return undefined;
    const { text, entry } = read;
    const beat = `${touchedAtMs} ${text}`;
    const isAlive = isServerAlive(directory, name);
    // One that leaves removes its file before its lock.
    if (!isAlive && !existsSync(path)) return undefined;
    const before = this.#seen.get(name);
    const silentForMs = before?.beat === beat ? before.silentForMs + sinceMs : 0;
    if (!isAlive) this.#tellGone(entry);
    else if (silentForMs >= silentMs) this.#tellSilent(entry);
    return { entry, beat, isAlive, silentForMs };
  }

  #tellGone(entry: ServerEntry): void {
    const { name, pid, executions = 0, heartbeatAt = "its start" } = entry;
    if (!isFirst(serverFile(this.#options.directory, name, "gone"))) return;
    this.#options.onSystemEvent({
      severity: "error",
      kind: "server-gone",
      message: `server ${name} (process ${pid}) is gone; it was there at ${heartbeatAt} and had ${executions} executions in hand, which the others take over`,
      details: { server: name, pid, heartbeatAt, executions },
    });
    this.#options.gone(this.goneRuns());
  }

  #tellSilent(entry: ServerEntry): void {
    const { name, pid, executions = 0, heartbeatAt = "its start" } = entry;
    if (!isFirst(serverFile(this.#options.directory, name, "silent"))) return;
    this.#options.onSystemEvent({
      severity: "error",
      kind: "server-silent",
      message: `server ${name} (process ${pid}) stands still since ${heartbeatAt}; it had ${executions} executions in hand, which the others take over`,
      details: { server: name, pid, heartbeatAt, executions },
    });
  }

  /**
   * The database has been locked for so long: ends whoever locks it and stands still, or, where the system does
   * not say who locks it, every server that stands still.
   */
  blocked(sinceMs: number): void {
    const holder = writeLockHolder(this.#options.directory);
    for (const watched of this.others) {
      const { entry } = watched;
      const mayHold = holder === undefined || holder === entry.pid;
      if (mayHold && standsStill(watched, sinceMs)) this.#kill(entry, sinceMs);
    }
  }

  #kill({ name, pid }: ServerEntry, sinceMs: number): void {
    const waitedMs = Math.round(sinceMs);
    try {
      process.kill(pid, "SIGKILL");
    } catch (cause) {
      this.#options.onSystemEvent({
        severity: "error",
        kind: "server-killed",
        message: `the database was locked for ${waitedMs} ms; server ${name} (process ${pid}) stands still and cannot be killed`,
        details: { server: name, pid, waitedMs },
        cause,
      });
      return;
    }
    this.#options.onSystemEvent({
      severity: "error",
      kind: "server-killed",
      message: `server ${name} (process ${pid}) stood still while the database was locked for ${waitedMs} ms and was killed`,
      details: { server: name, pid, waitedMs },
    });
  }
}
