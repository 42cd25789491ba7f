import { isToBeCondensed } from "#core/execution/persistence.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { Write } from "#ports/journal.ts";
import type { Decision } from "./decision.ts";
import { busyHead, keepsEndOnly, type Placed, settling, type TailPlace } from "./settling.ts";

/** A decision on its way into the log. */
interface Writing {
  readonly decision: Decision;
  /** The work item that is to stay or to be enqueued; none if the turn ends here. */
  readonly itemId: string | undefined;
  /** What has waited before it. */
  readonly unwritten: readonly Write[];
}

const announcement = (
  { context: { clock, settings }, isAnnounced }: TailPlace,
  { executionId, epoch, seq }: LogRecord,
): readonly Write[] => {
  if (!isAnnounced) return [];
  const nextCheckAtMs = clock.nowMs() + settings.headCheckMs;
  return [{ kind: "RaiseHead", executionId, epoch, seq, nextCheckAtMs }];
};

/** The head, where it is to be another one, and the work item of a turn that goes on or hands over. */
const goingOn = (
  { context, loaded, itemId: itemBefore, isAnnounced }: TailPlace,
  { record, stays, letsGo }: Decision,
  { itemId, reopens }: { readonly itemId: string; readonly reopens: boolean },
): readonly Write[] => {
  const { executionId, seq } = record;
  const { leaseMs, itemHiddenMs = leaseMs } = context.settings;
  const visibleAtMs = context.clock.nowMs() + (stays ? itemHiddenMs : 0);
  const writes: Write[] = [];
  // The head of an end is not opened again by writes that are repeated behind its closing.
  const showsMore = letsGo && loaded.state.status === "RUNNING";
  if (seq === 0 || reopens || showsMore) writes.push(busyHead(context, loaded, seq));
  // A turn that shares the item and knows less may have let it go before the record was announced.
  if (itemBefore === undefined || isAnnounced)
    writes.push({ kind: "Enqueue", itemId, executionId, visibleAtMs });
  if (itemBefore !== undefined && !stays)
    writes.push({ kind: "ExtendItems", itemIds: [itemId], visibleAtMs });
  return writes;
};

/** What is written of a decision, and the seq of the newest snapshot if there is another one. */
export const writesOf = (
  place: TailPlace,
  { decision, itemId, unwritten }: Writing,
): Placed & { readonly snapshotSeq?: number } => {
  const { context, loaded, snapshotSeq } = place;
  const { record } = decision;
  const { executionId, epoch } = record;
  // Neither what waits nor the record of the end is to be in the log: what stands for them follows.
  const isEndOnly = itemId === undefined && place.seq >= 0 && keepsEndOnly(loaded);
  const seq = isEndOnly ? place.seq : record.seq;
  // Its head says that it has ended, and was opened for this record.
  const reopens = record.facts.some(({ kind }) => kind === "ExecutionRedriven");
  const writes: Write[] = reopens ? [] : [...announcement(place, record)];
  if (!isEndOnly) writes.push(...unwritten, { kind: "AppendRecord", record });
  // A log of a start record alone has nothing to condense, unless its end is in no record.
  const mayCondense = itemId === undefined && (isEndOnly || seq > 0);
  const condenses = mayCondense && isToBeCondensed(loaded.program, loaded.state);
  const isDue = seq - snapshotSeq >= context.settings.snapshotEveryRecords;
  // A condensed log has none, and one of its details is not to be left if the writes are cut short.
  const isSnapshotDue = isDue && !condenses;
  if (isSnapshotDue) {
    const snapshot = { executionId, epoch, seq, state: loaded.state };
    writes.push({ kind: "PutSnapshot", snapshot });
  }
  const kept = isSnapshotDue ? { snapshotSeq: seq } : {};
  if (itemId !== undefined)
    return { writes: [...writes, ...goingOn(place, decision, { itemId, reopens })], seq, ...kept };
  const end = settling(place, { seq, mayCondense });
  return { writes: [...writes, ...end.writes], seq: end.seq, ...kept };
};
