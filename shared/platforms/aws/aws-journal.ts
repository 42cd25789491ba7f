import { assert, unreachable } from "#core/errors.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { printStored } from "#core/json.ts";
import type { Head } from "#ports/heads.ts";
import type {
  DropDetails,
  Journal,
  PutSnapshot,
  RaiseHead,
  RenewLeases,
  Write,
  WriteOutcome,
} from "#ports/journal.ts";
import type { AwsQueue } from "./aws-queue.ts";
import type { Bodies } from "./bodies.ts";
import type { DynamoTable, Item } from "./dynamo-table.ts";
import { headAttributes, headOf, leaseAttributes } from "./head-item.ts";
import {
  comparePositions,
  firstRecordItem,
  goneItem,
  headItem,
  isGone,
  isNotAhead,
  keyOf,
  positionAttributes,
  positionOfItem,
  positionValues,
  printSnapshot,
  recordItem,
  recordOf,
  snapshotBody,
  snapshotItem,
  storedPosition,
} from "./log-items.ts";

/** A write whose values were read when the batch was given. */
interface PreparedWrite {
  readonly isOfQueue: boolean;
  readonly carryOut: (index: number) => Promise<WriteOutcome>;
}

export interface JournalContext {
  readonly executions: DynamoTable;
  readonly bodies: Bodies;
  readonly queue: AwsQueue;
  readonly shards: number;
}

const written: WriteOutcome = { kind: "written" };

const writtenWith = (outdated: readonly string[]): WriteOutcome =>
  outdated.length === 0 ? written : { kind: "written", outdated };

/** What stands at the position of a record: where that is gone, what stands for it, the last of its epoch. */
const standingFor = async (
  executions: DynamoTable,
  { executionId, epoch }: LogRecord,
  found: Item,
): Promise<Item> => {
  if (!isGone(found)) return found;
  const { items } = await executions.query({
    key: {
      text: "#execution = :execution AND #item BETWEEN :first AND :last",
      values: {
        ":execution": { S: executionId },
        ":first": { S: recordItem({ epoch, seq: 0 }) },
        ":last": { S: recordItem({ epoch, seq: Number.MAX_SAFE_INTEGER }) },
      },
    },
    isDescending: true,
    limit: 1,
  });
  const [last] = items;
  assert(
    last !== undefined && !isGone(last),
    `something stands for what is gone of ${executionId}`,
  );
  return last;
};

const append = ({ executions, bodies }: JournalContext, record: LogRecord) => {
  const { executionId, commitId } = record;
  const key = keyOf(executionId, recordItem(record));
  const text = printStored(record);
  return async (index: number): Promise<WriteOutcome> => {
    const item = { ...key, commitId: { S: commitId }, ...(await bodies.put(text)) };
    for (;;) {
      const outcome = await executions.put(item, { text: "attribute_not_exists(#execution)" });
      if (outcome.kind === "done") return written;
      const { found } = outcome;
      if (found === undefined) continue;
      if (found["commitId"]?.S === commitId) return written;
      const standing = await standingFor(executions, record, found);
      return { kind: "occupied", index, found: await recordOf(bodies, standing) };
    }
  };
};

const putHead = ({ executions, shards }: JournalContext, head: Head) => {
  const key = keyOf(head.executionId, headItem);
  const update = { ...headAttributes(head, shards), condition: isNotAhead(head) };
  return async (index: number): Promise<WriteOutcome> => {
    for (;;) {
      const outcome = await executions.update(key, update);
      if (outcome.kind === "done") return written;
      if (outcome.found === undefined) continue;
      return { kind: "headAhead", index, found: headOf(outcome.found) };
    }
  };
};

/** Which of the two a head needs is mostly that it keeps its time: that touches no index. */
const raiseHead = ({ executions }: JournalContext, write: RaiseHead) => {
  const { executionId, nextCheckAtMs } = write;
  const key = keyOf(executionId, headItem);
  const isOpen =
    "#status = :running AND (#epoch < :epoch OR (#epoch = :epoch AND #seq <= :seq)) AND #dueAtMs";
  const values = {
    ...positionValues(write),
    ":running": { S: "RUNNING" },
    ":dueAtMs": { N: String(nextCheckAtMs) },
  };
  const keepTime = {
    set: positionAttributes(write),
    condition: { text: `${isOpen} <= :dueAtMs`, values },
  };
  const lowerTime = {
    set: { ...positionAttributes(write), dueAtMs: { N: String(nextCheckAtMs) } },
    condition: { text: `${isOpen} > :dueAtMs`, values },
  };
  const isToBeLowered = (found: Item | undefined): boolean =>
    found?.["status"]?.S === "RUNNING" &&
    comparePositions(storedPosition(found), write) <= 0 &&
    Number(found["dueAtMs"]?.N) > nextCheckAtMs;

  return async (): Promise<WriteOutcome> => {
    for (;;) {
      const kept = await executions.update(key, keepTime);
      if (kept.kind === "done" || !isToBeLowered(kept.found)) return written;
      if ((await executions.update(key, lowerTime)).kind === "done") return written;
    }
  };
};

const putSnapshot = ({ executions, bodies }: JournalContext, { snapshot }: PutSnapshot) => {
  const { executionId, epoch, seq } = snapshot;
  const text = printSnapshot(snapshot);
  return async (): Promise<WriteOutcome> => {
    const body = await bodies.put(await snapshotBody(text));
    const item = {
      ...keyOf(executionId, snapshotItem),
      ...positionAttributes({ epoch, seq }),
      ...body,
    };
    await executions.put(item, isNotAhead({ epoch, seq }));
    return written;
  };
};

const dropDetails = ({ executions }: JournalContext, write: DropDetails) => {
  const { executionId } = write;
  return async (): Promise<WriteOutcome> => {
    let after: Item | undefined;
    do {
      const page = await executions.query({
        key: {
          text: "#execution = :execution AND #item BETWEEN :first AND :last",
          values: {
            ":execution": { S: executionId },
            ":first": { S: firstRecordItem },
            ":last": { S: recordItem(write) },
          },
        },
        only: ["execution", "item", "gone"],
        after,
      });
      const dropped = page.items.filter((item) => {
        const position = positionOfItem(item["item"]?.S ?? "");
        return position.seq > 0 && comparePositions(position, write) < 0 && !isGone(item);
      });
      await executions.putAll(dropped.map(goneItem));
      after = page.last;
    } while (after !== undefined);
    await executions.remove(keyOf(executionId, snapshotItem));
    return written;
  };
};

/** Leases of different executions are renewed at once: nothing depends on which is first. */
const renewLeases = ({ executions }: JournalContext, { leases, untilMs }: RenewLeases) => {
  const renewals = leases.map(({ executionId, turn, seq }) => {
    const update = {
      set: leaseAttributes({ turn, seq, untilMs }),
      condition: {
        text: "#status = :running AND (attribute_not_exists(#leaseSeq) OR #leaseSeq <= :known)",
        values: { ":running": { S: "RUNNING" }, ":known": { N: String(seq) } },
      },
    };
    return async (): Promise<readonly string[]> => {
      const outcome = await executions.update(keyOf(executionId, headItem), update);
      const isOutdated = outcome.kind === "refused" || Number(outcome.attributes["seq"]?.N) > seq;
      return isOutdated ? [executionId] : [];
    };
  });
  return async (): Promise<WriteOutcome> =>
    writtenWith((await Promise.all(renewals.map((renew) => renew()))).flat());
};

const ofLog = (carryOut: PreparedWrite["carryOut"]): PreparedWrite => ({
  isOfQueue: false,
  carryOut,
});

const ofQueue = (carryOut: () => Promise<void>): PreparedWrite => ({
  isOfQueue: true,
  carryOut: async () => {
    await carryOut();
    return written;
  },
});

const prepare = (context: JournalContext, write: Write): PreparedWrite => {
  const { queue } = context;
  switch (write.kind) {
    case "AppendRecord":
      return ofLog(append(context, write.record));
    case "PutHead":
      return ofLog(putHead(context, write.head));
    case "RaiseHead":
      return ofLog(raiseHead(context, { ...write }));
    case "PutSnapshot":
      return ofLog(putSnapshot(context, write));
    case "DropDetails":
      return ofLog(dropDetails(context, { ...write }));
    case "RenewLeases":
      return ofLog(renewLeases(context, write));
    case "Enqueue": {
      const item = { ...write };
      return ofQueue(() => queue.enqueue(item));
    }
    case "ExtendItems": {
      const items = { ...write, itemIds: [...write.itemIds] };
      return ofQueue(() => queue.extend(items));
    }
    case "RemoveItem": {
      const item = { ...write };
      return ofQueue(() => queue.remove(item));
    }
    default:
      return unreachable(write);
  }
};

/** Writes that may be carried out at once, and the index of the first. */
interface Group {
  readonly first: number;
  readonly writes: PreparedWrite[];
}

/**
 * Writes to the queue that stand next to each other form a group: none is ever refused, the queue has no
 * order, and an item that is early, late or twice there is what delivery at least once allows. Every other
 * write waits for the one before it, so that what a crash leaves of the tables is a prefix.
 */
const groupsOf = (writes: readonly PreparedWrite[]): readonly Group[] => {
  const groups: Group[] = [];
  for (const [first, write] of writes.entries()) {
    const last = groups.at(-1);
    if (write.isOfQueue && last?.writes[0]?.isOfQueue === true) last.writes.push(write);
    else groups.push({ first, writes: [write] });
  }
  return groups;
};

/** The journal on AWS. */
export const awsJournal = (context: JournalContext): Journal => ({
  write: async (writes) => {
    const groups = groupsOf(writes.map((write) => prepare(context, write)));
    const outdated: string[] = [];
    for (const { first, writes: group } of groups) {
      const outcomes = await Promise.all(
        group.map(({ carryOut }, offset) => carryOut(first + offset)),
      );
      for (const outcome of outcomes) {
        if (outcome.kind !== "written") return outcome;
        outdated.push(...(outcome.outdated ?? []));
      }
    }
    return writtenWith(outdated);
  },
});
