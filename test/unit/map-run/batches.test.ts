import { expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import {
  addItem,
  type Batch,
  type BatchLimits,
  batchInputOf,
  byteCountOf,
  emptyBatch,
  isFull,
} from "#core/map-run/batches.ts";
import { fc } from "../../fast-check.ts";

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

test("a batch has as many bytes as it may, and not one more", () => {
  // {"Items":["aa","bb"]} has 21 bytes.
  expect(itemsOf(batched({ byteCountMax: 21 }, ["aa", "bb", "cc"]))).toEqual([
    ["aa", "bb"],
    ["cc"],
  ]);
  expect(itemsOf(batched({ byteCountMax: 20 }, ["aa", "bb"]))).toEqual([["aa"], ["bb"]]);
  expect(itemsOf(batched({ byteCountMax: 22 }, ["aa", "bb", ""]))).toEqual([["aa", "bb"], [""]]);
  const limits = { byteCountMax: 36, batchInput: "in" };
  // {"BatchInput":"in","Items":["a","b"]} has 37.
  expect(itemsOf(batched(limits, ["a", "b"]))).toEqual([["a"], ["b"]]);
  expect(itemsOf(batched({ ...limits, byteCountMax: 37 }, ["a", "b"]))).toEqual([["a", "b"]]);
});

test("an empty batch is never full, and one without limits never is", () => {
  expect(isFull({ byteCountMax: 1 }, emptyBatch({ byteCountMax: 1 }))).toBe(false);
  expect(isFull({ itemCountMax: 1 }, emptyBatch({ itemCountMax: 1 }))).toBe(false);
  expect(isFull({}, { items: [1, 2, 3], size: 0 })).toBe(false);
  expect(isFull({ itemCountMax: 2 }, { items: [1, 2], size: 0 })).toBe(true);
  expect(emptyBatch({}).size).toBe(0);
});

test.each([
  "",
  "a",
  "\u007f",
  "\u0080",
  "\u07ff",
  "\u0800",
  "\ud7ff",
  "\u{10000}",
  "\ue000",
  "\uffff",
])("the bytes of %j are counted", (text) => {
  expect(byteCountOf(`x${text}y`)).toBe(new TextEncoder().encode(`x${text}y`).length);
});
