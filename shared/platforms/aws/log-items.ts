/** How records and snapshots are items of the executions table. */
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { LogRecord, Position } from "#core/execution/record.ts";
import { parseStored, printStored } from "#core/json.ts";
import type { Snapshot } from "#ports/execution-log.ts";
import type { Bodies } from "./bodies.ts";
import type { Item } from "./dynamo-table.ts";

/** Sort keys: records lie in the order of their positions, and the snapshot right behind them. */
export const headItem = "head";
export const firstRecordItem = "record#";
/** Behind every record: `$` comes after `#`. */
export const lastRecordItem = "record$";
export const snapshotItem = "snapshot";

const epochDigits = 10;
const seqDigits = 16;

export const recordItem = ({ epoch, seq }: Position): string =>
  `${firstRecordItem}${String(epoch).padStart(epochDigits, "0")}#${String(seq).padStart(seqDigits, "0")}`;

export const positionOfItem = (item: string): Position => {
  const [, epoch, seq] = item.split("#");
  return { epoch: Number(epoch), seq: Number(seq) };
};

export const keyOf = (executionId: string, item: string): Item => ({
  execution: { S: executionId },
  item: { S: item },
});

/** What is left of a record that was dropped: its position stays taken. */
export const goneItem = (item: Item): Item => ({
  execution: item["execution"] ?? { S: "" },
  item: item["item"] ?? { S: "" },
  gone: { BOOL: true },
});

export const isGone = (item: Item): boolean => item["gone"]?.BOOL === true;

export const recordOf = async (bodies: Bodies, item: Item): Promise<LogRecord> =>
  parseStored(await bodies.text(item));

const deflated = promisify(deflateRaw);
const inflated = promisify(inflateRaw);

/** The body of a snapshot. States repeat themselves: a tenth of the bytes is a tenth of the price. */
export const snapshotBody = async (text: string): Promise<Uint8Array> => deflated(text);

export const printSnapshot = ({ state }: Snapshot): string => printStored(state);

export const snapshotOf = async (
  bodies: Bodies,
  executionId: string,
  item: Item,
): Promise<Snapshot> => {
  const text = (await inflated(await bodies.bytes(item))).toString();
  return { executionId, ...storedPosition(item), state: parseStored(text) };
};

/** The position that a head or a snapshot reflects. */
export const storedPosition = ({ epoch, seq }: Item): Position => ({
  epoch: Number(epoch?.N),
  seq: Number(seq?.N),
});

/** The attributes of a position. */
export const positionAttributes = ({ epoch, seq }: Position): Item => ({
  epoch: { N: String(epoch) },
  seq: { N: String(seq) },
});

/** Holds where the item is of no higher position, or there is none. */
export const isNotAhead = (position: Position) => ({
  text: "attribute_not_exists(#epoch) OR #epoch < :epoch OR (#epoch = :epoch AND #seq <= :seq)",
  values: positionValues(position),
});

export const positionValues = ({ epoch, seq }: Position): Item => ({
  ":epoch": { N: String(epoch) },
  ":seq": { N: String(seq) },
});

/** Negative if `a` stands before `b`, 0 if they are the same position. */
export const comparePositions = (a: Position, b: Position): number =>
  a.epoch - b.epoch || a.seq - b.seq;
