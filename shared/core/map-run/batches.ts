/**
 * ItemBatcher: items are put together into batches, each the input of one child
 * (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html).
 */
import { type Json, type JsonObject, printJson } from "../json.ts";

export interface BatchLimits {
  readonly itemCountMax?: number;
  /** UTF-8 bytes of the whole input of a child. */
  readonly byteCountMax?: number;
  /** What every child is given beside its items. */
  readonly batchInput?: Json;
}

/** UTF-8 bytes of a text. */
export const byteCountOf = (text: string): number => {
  let count = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Two units of a pair make four bytes, two each; others above 0x7ff take three.
    count += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return count;
};

const sizeOf = (value: Json): number => byteCountOf(printJson(value));

/** The input of the child that works on a batch. */
export const batchInputOf = ({ batchInput }: BatchLimits, items: readonly Json[]): JsonObject =>
  batchInput === undefined ? { Items: items } : { BatchInput: batchInput, Items: items };

/** Items that are being put together; plain data. */
export interface Batch {
  readonly items: Json[];
  /** UTF-8 bytes of the input that they make; counted only where it is limited. */
  size: number;
}

/** A batch without items. */
export const emptyBatch = (limits: BatchLimits): Batch => ({
  items: [],
  size: limits.byteCountMax === undefined ? 0 : sizeOf(batchInputOf(limits, [])),
});

/**
 * Adds an item; answers false if it has to go into the next batch. An item that alone is larger than
 * a batch may be makes a batch of its own.
 */
export const addItem = (limits: BatchLimits, batch: Batch, item: Json): boolean => {
  if (isFull(limits, batch)) return false;
  if (limits.byteCountMax !== undefined) {
    const size = batch.size + sizeOf(item) + (batch.items.length > 0 ? 1 : 0);
    if (batch.items.length > 0 && size > limits.byteCountMax) return false;
    batch.size = size;
  }
  batch.items.push(item);
  return true;
};

/** Whether no item may join the batch any more. */
export const isFull = (limits: BatchLimits, { items, size }: Batch): boolean =>
  items.length > 0 &&
  (items.length >= (limits.itemCountMax ?? Number.POSITIVE_INFINITY) ||
    size >= (limits.byteCountMax ?? Number.POSITIVE_INFINITY));
