import { expect, test } from "vitest";
import { RecentMap } from "#core/recent-map.ts";

const numbered = (countMax: number, count: number): RecentMap<number, string> => {
  const map = new RecentMap<number, string>(countMax);
  for (let key = 1; key <= count; key += 1) map.put(key, `value ${key}`);
  return map;
};

const kept = (map: RecentMap<number, string>, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1).filter(
    (key) => map.get(key) !== undefined,
  );

test("the last entries are remembered, and never more than twice as many as were asked for", () => {
  for (let count = 0; count <= 30; count += 1) {
    const found = kept(numbered(5, count), count);
    expect(found.length).toBeGreaterThanOrEqual(Math.min(count, 5));
    expect(found.length).toBeLessThanOrEqual(10);
    expect(found.at(-1) ?? 0).toBe(count);
    expect(found).toEqual(found.map((_, index) => count - found.length + 1 + index));
  }
});

test("a key that is put again has its new value", () => {
  const map = numbered(2, 3);
  map.put(1, "another");
  expect(map.get(1)).toBe("another");
  expect(map.get(3)).toBe("value 3");
});

test("what is deleted is gone, whenever it was put", () => {
  const map = numbered(2, 3);
  map.delete(1);
  map.delete(3);
  expect(kept(map, 3)).toEqual([2]);
});

test("nothing is left when it was cleared", () => {
  const map = numbered(2, 3);
  map.clear();
  expect(kept(map, 3)).toEqual([]);
});
