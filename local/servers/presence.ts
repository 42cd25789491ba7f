import { existsSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { processStart } from "#platforms/embedded/process-start.ts";
import { replaceServerFile, serverFile } from "#platforms/embedded/server-lock.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import type { ServerEntry } from "./server-entry.ts";

/** How often a server says that it is there, ms. */
export const heartbeatMs = 500;

/** How this server shows itself to the others. */
export interface PresenceOptions {
  readonly directory: string;
  readonly name: string;
  readonly run: string;
  readonly version: string;
  /** Executions that it has a turn for. */
  readonly executionCount: () => number;
  /** Whether an operator drains it. */
  readonly isDrained: () => boolean;
  /** Somebody wants it to end. */
  readonly stopAsked: () => void;
  readonly onSystemEvent: (event: SystemEvent) => void;
}

const removed = (path: string): boolean => {
  if (!existsSync(path)) return false;
  rmSync(path, { force: true });
  return true;
};

/** The heartbeat of this server, and what others leave beside it. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #startedAt = new Date().toISOString();
  readonly #processStart = processStart(process.pid);
  #url: string | undefined;
  #state: NonNullable<ServerEntry["state"]> = "running";
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Says that it is there, and where it answers, from now on. Throws if that cannot be written at first. */
  begin(url: string): void {
    this.#url = url;
    this.#write();
    this.#timer = setInterval(() => this.#beat(), heartbeatMs);
    this.#timer.unref();
  }

  /** Others leave it alone. */
  drain(): void {
    this.#state = "draining";
    if (this.#timer !== undefined) this.#beat();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    try {
      this.#write();
    } catch {
      this.#touch();
    }
    this.#readMarks();
  }

  #write(): void {
    const { directory, name, run, version, executionCount, isDrained } = this.#options;
    const entry: ServerEntry = {
      name,
      run,
      pid: process.pid,
      ...(this.#processStart !== undefined && { processStart: this.#processStart }),
      version,
      ...(this.#url !== undefined && { url: this.#url }),
      startedAt: this.#startedAt,
      heartbeatAt: new Date().toISOString(),
      state: isDrained() ? "draining" : this.#state,
      executions: executionCount(),
    };
    replaceServerFile(serverFile(directory, name, "json"), entry);
  }

  /** On a full disk nothing new can be written; the time of a file needs no space. */
  #touch(): void {
    const { directory, name } = this.#options;
    const now = new Date();
    try {
      utimesSync(serverFile(directory, name, "json"), now, now);
    } catch {
      // The others see it as silent, which harms nobody while it holds no lock on the database.
    }
  }

  #readMarks(): void {
    const { directory, name, stopAsked, onSystemEvent } = this.#options;
    removed(serverFile(directory, name, "gone"));
    const silent = serverFile(directory, name, "silent");
    if (existsSync(silent)) {
      const since = textIn(silent);
      rmSync(silent, { force: true });
      onSystemEvent({
        severity: "warning",
        kind: "server-back",
        message: `server ${name} (process ${process.pid}) goes on; it had stood still since ${since}`,
        details: { server: name, pid: process.pid, since },
      });
    }
    if (removed(serverFile(directory, name, "stop"))) stopAsked();
  }
}

const textIn = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "a moment ago";
  }
};
