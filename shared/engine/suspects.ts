/**
 * Executions whose turns may be what ends their servers, and those that are set aside for it
 * (docs/adr/0014).
 *
 * I29 A suspect is loaded, decided on and committed only between a durable count of the try before and
 *     its return after, one suspect at a time; at the last try it is set aside instead.
 * I30 No server takes a turn for an execution that it knows to be set aside.
 */
import { OrchestratorError } from "#core/errors.ts";
import type { Clock } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { executionNotFound } from "./execution-not-found.ts";
import { SharedDocument } from "./shared-document.ts";
import { SuspectCounts, suspectCollection } from "./suspect-counts.ts";
import { sleep } from "./write-until-done.ts";

/** Tries after which an execution is set aside. */
export const suspectTriesMax = 5;
/**
 * Turns without progress after which an execution is set aside whose servers ended while its activities
 * ran: there nothing tells who ended them, so it takes more.
 */
export const suspectTurnsMax = 50;
/** A head of one that is set aside is looked at this often: it may say something else than the document after a crash. */
const checkEveryMs = 60_000;

/** Counts of executions that have ended that are looked for at a start. */
const leftMax = 1_000;

interface SetAside {
  readonly executions: Readonly<Record<string, { readonly atMs: number; readonly tries: number }>>;
}

/** A stretch that is still open after so long is taken for one that ended its server, ms: others may be at work just now. */
const stretchMs = 5_000;

export interface SuspectsOptions {
  readonly platform: Platform;
  readonly clock: Clock;
  /** Tells this run of the server from every other. */
  readonly run: string;
  readonly onSystemEvent: (event: SystemEvent) => void;
  /** Infinity: what is set aside is read when somebody asks for it, and old counts are left to `dropEnded`. */
  readonly readEveryMs?: number;
}

export class Suspects {
  readonly #options: SuspectsOptions;
  readonly #setAside: SharedDocument<SetAside>;
  /** The stretch that is under way, and those that wait for it. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #counts: SuspectCounts;
  #stretchCount = 0;

  constructor(options: SuspectsOptions) {
    this.#options = options;
    this.#counts = new SuspectCounts(options);
    this.#setAside = new SharedDocument({
      documents: options.platform.documents,
      clock: options.clock,
      collection: "set-aside",
      empty: { executions: {} },
      readEveryMs: options.readEveryMs,
    });
  }

  /** Resolves when it is known what is set aside. */
  async open(): Promise<void> {
    await this.#setAside.open();
    if (this.#options.readEveryMs !== undefined) return;
    void this.dropEnded().catch(() => {});
  }

  /** Reads now what is set aside. */
  refresh(): Promise<void> {
    return this.#setAside.refresh();
  }

  close(): void {
    this.#counts.close();
    this.#setAside.close();
  }

  isSetAside(executionId: string): boolean {
    return Object.hasOwn(this.#setAside.value.executions, executionId);
  }

  /** Since when it is set aside. */
  sinceMs(executionId: string): number {
    return this.#setAside.value.executions[executionId]?.atMs ?? this.#options.clock.nowMs();
  }

  /** Rejects with `execution-set-aside` if it is. */
  mustNotBeSetAside(executionId: string): void {
    if (this.isSetAside(executionId)) throw setAside(executionId);
  }

  /** Does what may end this server, counted (I29). Rejects with `execution-set-aside`. */
  async attempt<T>(executionId: string, stretch: () => Promise<T>, isNewTurn = false): Promise<T> {
    const before = this.#last;
    let leave = () => {};
    this.#last = new Promise<void>((resolve) => {
      leave = resolve;
    });
    await before;
    try {
      return await this.#try(executionId, stretch, isNewTurn ? 1 : 0);
    } finally {
      leave();
    }
  }

  /** It goes on well: tries of before count no more. */
  clear(executionId: string): Promise<void> {
    return this.#counts.clear(executionId);
  }

  /** Says in the head, if it is open, that the execution is set aside; answers false if it is no more. */
  async noteInHead(executionId: string): Promise<boolean> {
    const { platform, clock } = this.#options;
    await this.#setAside.refresh();
    if (!this.isSetAside(executionId)) return false;
    const found = await platform.heads.get(executionId);
    if (found?.head.status !== "RUNNING") return true;
    const sinceMs = this.sinceMs(executionId);
    const nextCheckAtMs = clock.nowMs() + checkEveryMs;
    const head = {
      ...found.head,
      waitingFor: { kind: "setAside", sinceMs },
      nextCheckAtMs,
    } as const;
    await platform.journal.write([{ kind: "PutHead", head }]);
    return true;
  }

  /** Lets one that is set aside go on, with all its tries. Rejects: `execution-not-found`, `execution-not-set-aside`. */
  async release(executionId: string, by: string): Promise<void> {
    const { platform, clock, onSystemEvent } = this.#options;
    const found = await platform.heads.get(executionId);
    if (found === undefined) throw executionNotFound(executionId);
    await this.#setAside.refresh();
    // Whoever set it aside may have died before the count was gone.
    if (this.isSetAside(executionId)) await this.clear(executionId);
    if (!(await this.forget(executionId))) throw notSetAside(executionId);
    onSystemEvent({
      severity: "info",
      kind: "execution-released",
      message: `${by} releases ${executionId}, which was set aside`,
      executionId,
    });
    if (found.head.status !== "RUNNING") return;
    const nowMs = clock.nowMs();
    const head = {
      ...found.head,
      waitingFor: { kind: "turn", sinceMs: nowMs },
      nextCheckAtMs: nowMs,
    } as const;
    const itemId = `release ${executionId} ${nowMs}`;
    await platform.journal.write([
      { kind: "PutHead", head },
      { kind: "Enqueue", itemId, executionId, visibleAtMs: nowMs },
    ]);
  }

  /** It is set aside no more; answers whether it was. */
  async forget(executionId: string): Promise<boolean> {
    let wasThere = false;
    await this.#setAside.change((stored) => {
      const { [executionId]: found, ...executions } = stored.executions;
      wasThere = found !== undefined;
      return wasThere ? { executions } : stored;
    });
    return wasThere;
  }

  /** Drops what is left of executions that ended in a turn that was not suspect. */
  async dropEnded(): Promise<void> {
    const { documents, heads } = this.#options.platform;
    const found = await documents.list(suspectCollection, { limit: leftMax });
    for (const { key } of found.documents) {
      const status = (await heads.get(key))?.head.status;
      if (status !== undefined && status !== "RUNNING") await this.clear(key);
    }
  }

  async #try<T>(executionId: string, stretch: () => Promise<T>, newTurns: number): Promise<T> {
    this.mustNotBeSetAside(executionId);
    await this.#mustHaveTries(executionId, newTurns);
    this.#stretchCount += 1;
    const own = `${this.#options.run}-${this.#stretchCount}`;
    await this.#counts.change(executionId, ({ open, turns }) =>
      open.includes(own) ? undefined : { open: [...open, own], turns: turns + newTurns },
    );
    try {
      return await stretch();
    } finally {
      // Whatever it came to, the server is alive.
      await this.#counts.change(executionId, ({ open, turns }) =>
        open.includes(own) ? { open: open.filter((other) => other !== own), turns } : undefined,
      );
    }
  }

  /** Sets it aside, and rejects, if its tries are used up: each a stretch that did not end, and does not end. */
  async #mustHaveTries(executionId: string, newTurns: number): Promise<void> {
    const before = await this.#counts.read(executionId);
    const turns = before.turns + newTurns;
    if (turns > suspectTurnsMax) {
      await this.#putAside(executionId, before.turns);
      throw setAside(executionId);
    }
    if (before.open.length < suspectTriesMax) return;
    await sleep(this.#options, stretchMs);
    const { open } = await this.#counts.read(executionId);
    const stillOpen = open.filter((one) => before.open.includes(one));
    if (stillOpen.length < suspectTriesMax) return;
    await this.#putAside(executionId, stillOpen.length);
    throw setAside(executionId);
  }

  async #putAside(executionId: string, tries: number): Promise<void> {
    const atMs = this.#options.clock.nowMs();
    await this.#setAside.change(({ executions }) => ({
      executions: { ...executions, [executionId]: { atMs, tries } },
    }));
    await this.noteInHead(executionId);
    await this.clear(executionId);
    this.#options.onSystemEvent({
      severity: "error",
      kind: "execution-set-aside",
      message: `${executionId} is set aside: ${tries} times a server ended while it worked on it; release or stop it`,
      executionId,
      details: { tries },
    });
  }
}

const setAside = (executionId: string) =>
  new OrchestratorError(
    "execution-set-aside",
    `${executionId} is set aside: its turns ended their servers`,
    { action: "release or stop it, then send the same again", details: { executionId } },
  );

const notSetAside = (executionId: string) =>
  new OrchestratorError("execution-not-set-aside", `${executionId} is not set aside`, {
    details: { executionId },
  });

/** Whether an error says that its execution is set aside. */
export const isSetAside = (cause: unknown): boolean =>
  cause instanceof OrchestratorError && cause.code === "execution-set-aside";
