import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import { batchInputOf, byteCountOf, takeBatches } from "#core/map-run/batches.ts";

test("batches hold as many items as they may, the last one what is left", () => {
  expect(takeBatches({ itemCountMax: 2 }, [1, 2, 3], true)).toEqual({
    batches: [[1, 2], [3]],
    rest: [],
  });
  expect(takeBatches({ itemCountMax: 2 }, [1, 2, 3], false)).toEqual({
    batches: [[1, 2]],
    rest: [3],
  });
});

test("a batch's input has the items and what is given to every batch", () => {
  expect(batchInputOf({}, [1])).toEqual({ Items: [1] });
  expect(batchInputOf({ batchInput: { a: 1 } }, [1])).toEqual({ BatchInput: { a: 1 }, Items: [1] });
});

test("an item that is too large is alone", () => {
  const { batches } = takeBatches({ byteCountMax: 30 }, ["a", "x".repeat(50), "b"], true);
  expect(batches).toEqual([["a"], ["x".repeat(50)], ["b"]]);
});

test("the size of a text is that of its UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(byteCountOf(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

test("batches cover all items once and in order, within their limits, however the items come", () => {
  const limits = fc.record(
    {
      itemCountMax: fc.integer({ min: 1, max: 5 }),
      byteCountMax: fc.integer({ min: 30, max: 200 }),
      batchInput: fc.constant({ note: "ä" }),
    },
    { requiredKeys: [] },
  );
  const pages = fc.array(fc.array(fc.jsonValue({ maxDepth: 1 })));
  fc.assert(
    fc.property(limits, pages, (limit, given) => {
      const batches: (readonly Json[])[] = [];
      let rest: readonly Json[] = [];
      for (const [index, page] of given.entries()) {
        const isLast = index === given.length - 1;
        const taken = takeBatches(limit, [...rest, ...(page as Json[])], isLast);
        batches.push(...taken.batches);
        rest = taken.rest;
      }
      expect(rest).toEqual([]);
      expect(batches.flat()).toEqual(given.flat());
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(limit.itemCountMax ?? Number.POSITIVE_INFINITY);
        const size = Buffer.byteLength(JSON.stringify(batchInputOf(limit, batch)));
        if (batch.length > 1) expect(size).toBeLessThanOrEqual((limit.byteCountMax ?? 1e9) + 1);
      }
    }),
  );
});
