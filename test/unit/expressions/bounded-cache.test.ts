import { expect, test } from "vitest";
import { boundedCache } from "#core/expressions/bounded-cache.ts";

test("what is used again and again stays, what is unused for longest goes", () => {
  const made: string[] = [];
  const cached = boundedCache((text) => {
    made.push(text);
    return { text };
  }, 2);
  const first = cached("a");
  cached("b");
  expect(cached("a")).toBe(first);
  cached("c");
  expect(cached("a")).toBe(first);
  expect(made).toEqual(["a", "b", "c"]);
  cached("b");
  expect(made).toEqual(["a", "b", "c", "b"]);
});
