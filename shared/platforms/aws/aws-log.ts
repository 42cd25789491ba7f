import type { Position } from "#core/execution/record.ts";
import type { ExecutionLog } from "#ports/execution-log.ts";
import type { Bodies } from "./bodies.ts";
import type { Condition, DynamoTable, Item } from "./dynamo-table.ts";
import {
  firstRecordItem,
  isGone,
  lastRecordItem,
  positionOfItem,
  recordItem,
  recordOf,
  snapshotItem,
  snapshotOf,
  storedPosition,
} from "./log-items.ts";

/** Items of the first look at a log: the snapshot and the newest records, which is all there is of most executions. */
const firstLook = 64;

const between = (executionId: string, from: string, to: string): Condition => ({
  text: "#execution = :execution AND #item BETWEEN :from AND :to",
  values: { ":execution": { S: executionId }, ":from": { S: from }, ":to": { S: to } },
});

const nameOf = (item: Item): string => item["item"]?.S ?? "";

const lastOf = async (
  executions: DynamoTable,
  executionId: string,
): Promise<Position | undefined> => {
  const { items } = await executions.query({
    key: between(executionId, firstRecordItem, lastRecordItem),
    isDescending: true,
    limit: 1,
    only: ["execution", "item"],
  });
  return items[0] && positionOfItem(nameOf(items[0]));
};

/** Read side of the log on AWS. */
export const awsLog = ({
  executions,
  bodies,
}: {
  readonly executions: DynamoTable;
  readonly bodies: Bodies;
}): ExecutionLog => {
  const recordsOf = (items: readonly Item[]) =>
    Promise.all(items.map((item) => recordOf(bodies, item)));

  /** The records behind an item, newest first, from a key on. */
  const olderThan = async (executionId: string, begin: Item | undefined, behind: string) => {
    const items: Item[] = [];
    let after = begin;
    while (after !== undefined && nameOf(after) > behind) {
      const page = await executions.query({
        key: between(executionId, behind, snapshotItem),
        isDescending: true,
        after,
      });
      items.push(...page.items);
      after = page.last;
    }
    return items;
  };

  /** The snapshot and the records behind it, newest first. */
  const newestFirst = async (executionId: string) => {
    const { items, last } = await executions.query({
      key: between(executionId, firstRecordItem, snapshotItem),
      isDescending: true,
      limit: firstLook,
    });
    const snapshot = items.find((item) => nameOf(item) === snapshotItem);
    const behind = snapshot === undefined ? firstRecordItem : recordItem(storedPosition(snapshot));
    const older = await olderThan(executionId, last, behind);
    const records = [...items, ...older].filter(
      (item) => item !== snapshot && nameOf(item) > behind && !isGone(item),
    );
    return { snapshot, records };
  };

  return {
    load: async (executionId) => {
      const { snapshot, records } = await newestFirst(executionId);
      const [loaded, tail] = await Promise.all([
        snapshot && snapshotOf(bodies, executionId, snapshot),
        recordsOf(records.reverse()),
      ]);
      return { snapshot: loaded, records: tail };
    },
    last: (executionId) => lastOf(executions, executionId),
    read: async (executionId, { fromSeq, limit }) => {
      const items: Item[] = [];
      let after: Item | undefined;
      do {
        const page = await executions.query({
          key: between(executionId, recordItem({ epoch: 0, seq: fromSeq }), lastRecordItem),
          limit: limit - items.length,
          after,
        });
        // Every epoch counts from its own beginning.
        items.push(
          ...page.items.filter(
            (item) => positionOfItem(nameOf(item)).seq >= fromSeq && !isGone(item),
          ),
        );
        after = page.last;
      } while (after !== undefined && items.length < limit);
      return await recordsOf(items);
    },
  };
};
