import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "#ports/clock.ts";
import type { WorkItem, WorkQueue } from "#ports/work-queue.ts";
import type { GroupCommit } from "./group-commit.ts";
import { boundLimit } from "./sqlite.ts";
import { reading } from "./storage-error.ts";
import { visibilityAlarm } from "./visibility-alarm.ts";

interface ItemRow {
  readonly item_id: string;
  readonly execution_id: string;
  readonly receive_count: number;
}

/** An item that somebody has received, and the turn that wrote last to its execution. */
interface InHandRow {
  readonly item_id: string;
  readonly turn: string | null;
}

/**
 * Makes items visible that would be so at `untilMs`, of executions whose last turn is of a server that is gone. Those
 * of living servers stay as they are: an item that two turns have is let go by the one while the other relies on it.
 */
export type RevealItems = (untilMs: number, isGone: (turn: string) => boolean) => Promise<void>;

const itemOf = (row: ItemRow): WorkItem => ({
  itemId: row.item_id,
  executionId: row.execution_id,
  receiveCount: row.receive_count,
});

/** Work queue of the embedded platform; `becomesVisible` must be told of every instant that was written. */
export const embeddedQueue = (options: {
  database: DatabaseSync;
  commits: GroupCommit;
  clock: Clock;
}): {
  readonly queue: WorkQueue;
  readonly becomesVisible: (atMs: number) => void;
  /** Another server may have written items. */
  readonly lookAgain: () => void;
  readonly revealItems: RevealItems;
  readonly stop: () => void;
} => {
  const { database, commits, clock } = options;
  const claim = database.prepare(
    `UPDATE work_items SET visible_at = ?, receive_count = receive_count + 1
     WHERE item_id IN (SELECT item_id FROM work_items WHERE visible_at <= ? ORDER BY visible_at ${boundLimit})
     RETURNING item_id, execution_id, receive_count`,
  );
  const earliest = database.prepare("SELECT min(visible_at) AS at FROM work_items");
  const earliestAfter = database.prepare(
    "SELECT min(visible_at) AS at FROM work_items WHERE visible_at > ?",
  );
  const inHand = database.prepare(
    `SELECT item_id, (
       SELECT body ->> 'turn' FROM records WHERE execution = executions.id
       ORDER BY epoch DESC, seq DESC LIMIT 1
     ) AS turn
     FROM work_items JOIN executions USING (execution_id) WHERE visible_at > ? AND visible_at <= ?`,
  );
  const reveal = database.prepare("UPDATE work_items SET visible_at = ? WHERE item_id = ?");
  const alarm = visibilityAlarm(clock, (atMs) => {
    try {
      // Only finite numbers are stored, and only those can be bound.
      const row = Number.isFinite(atMs) ? earliestAfter.get(atMs) : earliest.get();
      return (row as { at: number | null }).at ?? undefined;
    } catch {
      // Whoever receives also looks from time to time, and says what is wrong.
      return undefined;
    }
  });
  const isAnyVisible = reading(() => {
    const { at } = earliest.get() as { at: number | null };
    return at !== null && at <= clock.nowMs();
  });

  return {
    becomesVisible: alarm.becomesVisible,
    lookAgain: alarm.lookAgain,
    revealItems: async (untilMs, isGone) => {
      const nowMs = clock.nowMs();
      const revealed = await commits.run(() => {
        const items = inHand.all(nowMs, untilMs) as unknown as readonly InHandRow[];
        const left = items.filter(({ turn }) => turn !== null && isGone(turn));
        for (const { item_id } of left) reveal.run(nowMs, item_id);
        return left.length;
      });
      if (revealed > 0) alarm.becomesVisible(nowMs);
    },
    stop: alarm.stop,
    queue: {
      receive: async ({ max, visibilityMs }) => {
        // A look costs no transaction; most polls end here.
        if (!(await isAnyVisible())) return [];
        const nowMs = clock.nowMs();
        const rows = await commits.run(() => claim.all(nowMs + visibilityMs, nowMs, max), max);
        if (rows.length > 0) alarm.becomesVisible(nowMs + visibilityMs);
        return (rows as unknown as ItemRow[]).map(itemOf);
      },
      onVisible: alarm.listen,
    },
  };
};
