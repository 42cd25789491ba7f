import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import {
  addItem,
  type Batch,
  type BatchLimits,
  batchInputOf,
  byteCountOf,
  emptyBatch,
} from "#core/map-run/batches.ts";

/** Puts items into batches one after the other. */
const batched = (limits: BatchLimits, items: readonly Json[]): readonly Batch[] => {
  const batches: Batch[] = [];
  for (const item of items) {
    const last = batches.at(-1);
    if (last !== undefined && addItem(limits, last, item)) continue;
    const next = emptyBatch(limits);
    batches.push(next);
    expect(addItem(limits, next, item)).toBe(true);
  }
  return batches;
};

const itemsOf = (batches: readonly Batch[]) => batches.map(({ items }) => items);

test("batches hold as many items as they may, the last one what is left", () => {
  expect(itemsOf(batched({ itemCountMax: 2 }, [1, 2, 3]))).toEqual([[1, 2], [3]]);
});

test("a batch's input has the items and what is given to every batch", () => {
  expect(batchInputOf({}, [1])).toEqual({ Items: [1] });
  expect(batchInputOf({ batchInput: { a: 1 } }, [1])).toEqual({ BatchInput: { a: 1 }, Items: [1] });
});

test("an item that is too large is alone", () => {
  const large = "x".repeat(50);
  expect(itemsOf(batched({ byteCountMax: 30 }, ["a", large, "b"]))).toEqual([
    ["a"],
    [large],
    ["b"],
  ]);
});

test("the size of a text is that of its UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(byteCountOf(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

test("batches cover all items once and in order, and none is larger than it may be", () => {
  const limits = fc.record(
    {
      itemCountMax: fc.integer({ min: 1, max: 5 }),
      byteCountMax: fc.integer({ min: 30, max: 200 }),
      batchInput: fc.constant({ note: "ä" }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(limits, fc.array(fc.jsonValue({ maxDepth: 1 })), (limit, values) => {
      const items = JSON.parse(JSON.stringify(values)) as readonly Json[];
      const batches = batched(limit, items);
      expect(itemsOf(batches).flat()).toEqual(items);
      for (const batch of batches) {
        const size = Buffer.byteLength(JSON.stringify(batchInputOf(limit, batch.items)));
        expect(batch.items.length).toBeLessThanOrEqual(limit.itemCountMax ?? items.length);
        if (batch.items.length > 1) expect(size).toBeLessThanOrEqual(limit.byteCountMax ?? size);
        if (limit.byteCountMax !== undefined) expect(batch.size).toBe(size);
      }
    }),
  );
});
