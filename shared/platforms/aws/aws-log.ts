import type { ExecutionLog, Snapshot } from "#ports/execution-log.ts";
import type { Bodies } from "./bodies.ts";
import type { Condition, DynamoTable, Item } from "./dynamo-table.ts";
import {
  firstRecordItem,
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

  /** The snapshot and the items behind it, newest first. */
  const newestFirst = async (executionId: string) => {
    const first = await executions.query({
      key: between(executionId, firstRecordItem, snapshotItem),
      isDescending: true,
      limit: firstLook,
    });
    const snapshot =
      first.items[0] && nameOf(first.items[0]) === snapshotItem ? first.items[0] : undefined;
    const covered = snapshot && recordItem(storedPosition(snapshot));
    const items = snapshot === undefined ? [...first.items] : first.items.slice(1);
    let last = first.last;
    while (last !== undefined && (covered === undefined || nameOf(last) > covered)) {
      const page = await executions.query({
        key: between(executionId, covered ?? firstRecordItem, snapshotItem),
        isDescending: true,
        after: last,
      });
      items.push(...page.items);
      last = page.last;
    }
    const tail = covered === undefined ? items : items.filter((item) => nameOf(item) > covered);
    return { snapshot, tail };
  };

  return {
    load: async (executionId) => {
      const { snapshot, tail } = await newestFirst(executionId);
      const [loaded, records]: [Snapshot | undefined, Awaited<ReturnType<typeof recordsOf>>] =
        await Promise.all([
          snapshot && snapshotOf(bodies, executionId, snapshot),
          recordsOf(tail.reverse()),
        ]);
      return { snapshot: loaded, records };
    },
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
        items.push(...page.items.filter((item) => positionOfItem(nameOf(item)).seq >= fromSeq));
        after = page.last;
      } while (after !== undefined && items.length < limit);
      return await recordsOf(items);
    },
  };
};
