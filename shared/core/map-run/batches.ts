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

/** Where the batch that begins at `from` ends; `undefined` if more items could still join it. */
const endOfBatch = (
  limits: BatchLimits,
  sizes: readonly number[],
  from: number,
): number | undefined => {
  const countMax = limits.itemCountMax ?? Number.POSITIVE_INFINITY;
  const byteMax = limits.byteCountMax ?? Number.POSITIVE_INFINITY;
  let size = sizeOf(batchInputOf(limits, []));
  for (let at = from; at < sizes.length; at += 1) {
    size += sizes[at] ?? 0;
    if (at > from && size > byteMax) return at;
    if (at + 1 - from >= countMax || size >= byteMax) return at + 1;
  }
  return undefined;
};

/**
 * Takes full batches off the front of `items`; what is left is not yet a full batch, unless no
 * more items come. An item that alone is larger than a batch may be makes a batch of its own.
 */
export const takeBatches = (
  limits: BatchLimits,
  items: readonly Json[],
  isLast: boolean,
): { readonly batches: readonly (readonly Json[])[]; readonly rest: readonly Json[] } => {
  // A comma is counted for each item, though the first has none: so the limit is never passed.
  const sizes = items.map((item) => (limits.byteCountMax === undefined ? 0 : sizeOf(item) + 1));
  const batches: (readonly Json[])[] = [];
  let from = 0;
  for (let end = endOfBatch(limits, sizes, from); end !== undefined; ) {
    batches.push(items.slice(from, end));
    from = end;
    end = endOfBatch(limits, sizes, from);
  }
  const rest = items.slice(from);
  return isLast && rest.length > 0 ? { batches: [...batches, rest], rest: [] } : { batches, rest };
};
