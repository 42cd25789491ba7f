import type { Clock } from "#ports/clock.ts";
import type { Head } from "#ports/heads.ts";
import type { Platform } from "#ports/platform.ts";

/** Heads looked up at a time. */
const batchMax = 1_000;
/** A head that is late by more than this should have been taken up by somebody, ms. */
const overdueMs = 30_000;
/** For one that stays overdue another work item is put so much later each time, ms. */
const repeatMs = 60_000;
const repeatMsMax = 960_000;
/** Heads that are remembered; one that is forgotten gets another work item, which does no harm. */
const rememberedMax = 20_000;

interface Handed {
  readonly dueAtMs: number;
  readonly againAtMs: number;
  readonly repeatMs: number;
}

/** What a sweep found. */
export interface Swept {
  /** Work items that were put. */
  readonly handedOver: number;
  /** Executions that should have been looked at before. */
  readonly overdue: number;
}

type DueHead = Head & { readonly nextCheckAtMs: number };

const isDue = (head: Head): head is DueHead => head.nextCheckAtMs !== undefined;

/**
 * Puts a work item for every execution whose time has come or is near (G5), for those who take turns for work items
 * only. What it remembers spares items that are on their way; without it a head gets one by every sweep.
 */
export class HandOver {
  readonly #platform: Pick<Platform, "heads" | "journal">;
  readonly #clock: Clock;
  readonly #aheadMs: number;
  readonly #handed = new Map<string, Handed>();

  constructor(options: {
    readonly platform: Pick<Platform, "heads" | "journal">;
    readonly clock: Clock;
    /** How far ahead of its time a head is handed over, ms: until the next sweep at least. */
    readonly aheadMs: number;
  }) {
    this.#platform = options.platform;
    this.#clock = options.clock;
    this.#aheadMs = options.aheadMs;
  }

  /** Rejects: `storage-*`. */
  async sweep(): Promise<Swept> {
    const nowMs = this.#clock.nowMs();
    const limit = batchMax + this.#handed.size;
    const due = (await this.#platform.heads.due(nowMs + this.#aheadMs, limit)).filter(isDue);
    this.#forgetOthers(due);
    const wanted = due.filter((head) => this.#isWanted(head, nowMs));
    await Promise.all(wanted.map((head) => this.#handOver(head, nowMs)));
    const late = due.filter(({ nextCheckAtMs }) => nextCheckAtMs < nowMs - overdueMs);
    return { handedOver: wanted.length, overdue: late.length };
  }

  #isWanted({ executionId, nextCheckAtMs }: DueHead, nowMs: number): boolean {
    const handed = this.#handed.get(executionId);
    return handed?.dueAtMs !== nextCheckAtMs || handed.againAtMs <= nowMs;
  }

  async #handOver({ executionId, nextCheckAtMs }: DueHead, nowMs: number): Promise<void> {
    const visibleAtMs = Math.max(nowMs, nextCheckAtMs);
    const itemId = `${executionId}.sweep.${visibleAtMs}`;
    await this.#platform.journal.write([{ kind: "Enqueue", itemId, executionId, visibleAtMs }]);
    if (this.#handed.size >= rememberedMax) return;
    const before = this.#handed.get(executionId);
    const isAgain = before?.dueAtMs === nextCheckAtMs;
    const waitMs = isAgain ? Math.min(2 * before.repeatMs, repeatMsMax) : repeatMs;
    const againAtMs = visibleAtMs + waitMs;
    this.#handed.set(executionId, { dueAtMs: nextCheckAtMs, againAtMs, repeatMs: waitMs });
  }

  /** Those that are not due any more went on. */
  #forgetOthers(due: readonly DueHead[]): void {
    const ids = new Set(due.map(({ executionId }) => executionId));
    for (const executionId of this.#handed.keys())
      if (!ids.has(executionId)) this.#handed.delete(executionId);
  }
}
