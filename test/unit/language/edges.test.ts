/** Small things that are easily lost: counts of arguments, odd keys, equality, order. */
import { describe, expect, test } from "vitest";
import { validateDefinition } from "#core/asl/validate.ts";
import { drawAt } from "#core/execution/draws.ts";
import { isSameToken, parseToken, tokenOf } from "#core/execution/task-token.ts";
import { type Json, parseJson, printJson } from "#core/json.ts";
import { machine, only, outcome } from "./machines.ts";

const filled = async (expression: string, input: Json = {}) => {
  const ends = await outcome(only({ Type: "Pass", Parameters: { "a.$": expression } }), input);
  return (ends.output as { a?: Json } | undefined)?.a;
};

describe("the count of an intrinsic function's arguments", () => {
  const problems = (call: string) =>
    validateDefinition(
      machine({ A: { Type: "Pass", Parameters: { "a.$": call }, End: true } }) as unknown as Json,
    ).map(({ message }) => message);

  test.each([
    ["ArrayPartition", 2, 2],
    ["ArrayContains", 2, 2],
    ["ArrayRange", 3, 3],
    ["ArrayGetItem", 2, 2],
    ["ArrayLength", 1, 1],
    ["ArrayUnique", 1, 1],
    ["Base64Encode", 1, 1],
    ["Base64Decode", 1, 1],
    ["Hash", 2, 2],
    ["JsonMerge", 3, 3],
    ["StringToJson", 1, 1],
    ["JsonToString", 1, 1],
    ["MathRandom", 2, 3],
    ["MathAdd", 2, 2],
    ["StringSplit", 2, 2],
    ["UUID", 0, 0],
    ["Format", 1, 9],
    ["Array", 0, 9],
  ])("of States.%s is at least %i and at most %i", (name, fewest, most) => {
    const call = (count: number) => `States.${name}(${Array(count).fill("$.a").join(", ")})`;
    expect(problems(call(fewest))).toEqual([]);
    expect(problems(call(most))).toEqual([]);
    if (fewest > 0) expect(problems(call(fewest - 1))).toHaveLength(1);
    if (most < 9) expect(problems(call(most + 1))).toHaveLength(1);
  });
});

describe("a key that is called __proto__", () => {
  const odd = parseJson('{"__proto__":{"a":1},"b":2}');

  test("is a key like any other in templates and results", async () => {
    const Parameters = parseJson('{"__proto__.$":"$.b","c":3}');
    const ends = await outcome(only({ Type: "Pass", Parameters }), odd);
    expect(printJson(ends.output ?? null)).toBe('{"__proto__":2,"c":3}');
  });

  test("stays where a result is put beside it, and may be the place", async () => {
    const beside = await outcome(only({ Type: "Pass", Result: 7, ResultPath: "$.c" }), odd);
    expect(printJson(beside.output ?? null)).toBe('{"__proto__":{"a":1},"b":2,"c":7}');
    const at = await outcome(only({ Type: "Pass", Result: 7, ResultPath: "$.__proto__.d" }), odd);
    expect(printJson(at.output ?? null)).toBe('{"__proto__":{"a":1,"d":7},"b":2}');
  });

  test("is read by its path, and nothing inherited is", async () => {
    expect(await filled("$.__proto__.a", odd)).toBe(1);
    expect(await filled("$.constructor", odd)).toBeUndefined();
  });
});

describe("values are the same", () => {
  const contains = (item: Json, array: Json) =>
    filled("States.ArrayContains($.array, $.item)", { item, array });

  test.each<readonly [Json, Json, boolean]>([
    [{ a: 1, b: [2] }, [{ b: [2], a: 1 }], true],
    [{ a: 1 }, [{ a: 1, b: 2 }], false],
    [{ a: 1, b: 2 }, [{ a: 1 }], false],
    [[1, 2], [[2, 1]], false],
    [[1, 2], [[1, 2, 3]], false],
    [[1], [{ "0": 1 }], false],
    [{ "0": 1 }, [[1]], false],
    [null, [{}], false],
    [null, [null], true],
    ["1", [1], false],
    [0, [false], false],
  ])("%j in %j: %s", async (...[item, array, expected]) => {
    expect(await contains(item, array)).toBe(expected);
  });

  test("and only once in an array without duplicates", async () => {
    const input = { a: [{ x: 1, y: 2 }, { y: 2, x: 1 }, [1], [1], "a", "a", 1] };
    expect(await filled("States.ArrayUnique($.a)", input)).toEqual([{ x: 1, y: 2 }, [1], "a", 1]);
  });
});

describe("a filter", () => {
  const input = { a: [{ t: "b", n: 2 }, { t: "a", n: 1 }, { t: "c", n: 3 }, { n: 2 }] };

  test.each<readonly [string, Json]>([
    ["$.a[?(@.t < 'b')].t", ["a"]],
    ["$.a[?(@.t <= 'b')].t", ["b", "a"]],
    ["$.a[?(@.t > 'b')].t", ["c"]],
    ["$.a[?(@.t >= 'b')].t", ["b", "c"]],
    ["$.a[?(@.n > 2)].t", ["c"]],
    ["$.a[?(@.n < 2)].t", ["a"]],
    ["$.a[?(@.t == 'a')].n", [1]],
    ["$.a[?(@.t < 5)].t", []],
    ["$.a[?(!@.t)].n", [2]],
  ])("%s", async (path, expected) => {
    expect(await filled(path, input)).toEqual(expected);
  });
});

describe("chance", () => {
  const seed = "0123456789abcdef0123456789abcdef";

  test("draws of an execution go on being different, however many there are", () => {
    const places = [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 38, 2 ** 40];
    const draws = places.map((place) => drawAt(seed, place));
    expect(new Set(draws).size).toBe(places.length);
    for (const draw of draws) expect(draw >= 0 && draw < 1).toBe(true);
  });

  test("a UUID is one of version 4, each another", async () => {
    const uuids = await Promise.all(
      ["States.UUID()", "States.Format('{} {}', States.UUID(), States.UUID())"].map((call) =>
        filled(call),
      ),
    );
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(uuids[0]).toMatch(form);
    const [first, second] = String(uuids[1]).split(" ");
    expect(second).toMatch(form);
    expect(first).not.toBe(second);
  });
});

describe("a task token", () => {
  const token = { executionId: "e1", activity: "0.1", secret: "0123456789abcdef0123456789abcdef" };

  test("says what it is for", () => {
    expect(parseToken(tokenOf(token))).toEqual(token);
    for (const text of ["", "e1", "e1/0.1", "/0.1/00", "e1//00"])
      expect(parseToken(text)).toBeUndefined();
  });

  test("is the same as itself and as nothing else", () => {
    const text = tokenOf(token);
    expect(isSameToken(text, text)).toBe(true);
    for (const other of [
      "",
      text.slice(1),
      `${text}0`,
      `f${text.slice(1)}`,
      `${text.slice(0, -1)}0`,
    ]) {
      expect(isSameToken(text, other)).toBe(false);
      expect(isSameToken(other, text)).toBe(false);
    }
  });
});

test("a Fail state's path to an object is refused even where it has a text", async () => {
  const fail = { Type: "Fail", ErrorPath: "$.a", End: undefined };
  expect(await outcome(only(fail), { a: { value: "text" } })).toMatchObject({
    error: "States.Runtime",
  });
});
