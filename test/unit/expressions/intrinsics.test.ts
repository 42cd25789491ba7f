import { describe, expect, test } from "vitest";
import { evaluateIntrinsic } from "#core/expressions/intrinsics/evaluate-intrinsic.ts";
import { parseIntrinsicCall } from "#core/expressions/intrinsics/parse-call.ts";
import type { Json } from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { failureOf, prefix, scopeOf } from "./scope.ts";

const scope = scopeOf({
  input: {
    s: "x",
    n: 2.5,
    list: [1, 2, 3, 2, 1],
    o: { a: 1, b: [true, null, "t"] },
    t: "{}-\\{\\}",
  },
  context: { Execution: { Name: "e" } },
  variables: { v: 4 },
});

describe("an intrinsic function", () => {
  test.each<[string, Json]>([
    ["States.Array()", []],
    [
      "States.Array(1, 'a', true, null, $.s, $v, $$.Execution.Name)",
      [1, "a", true, null, "x", 4, "e"],
    ],
    ["States.ArrayPartition($.list, 2)", [[1, 2], [3, 2], [1]]],
    ["States.ArrayContains($.list, 3)", true],
    ["States.ArrayContains($.list, 9)", false],
    ["States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]],
    ["States.ArrayRange(3, 1, -1)", [3, 2, 1]],
    ["States.ArrayRange(3, 1, 1)", []],
    ["States.ArrayGetItem($.list, 2)", 3],
    ["States.ArrayGetItem(States.StringSplit('a-b', '-'), 1)", "b"],
    ["States.ArrayLength($.list)", 5],
    ["States.ArrayUnique($.list)", [1, 2, 3]],
    [
      "States.ArrayUnique(States.Array($.o, $.o, 1, '1', States.Array(1), States.Array(1)))",
      [{ a: 1, b: [true, null, "t"] }, 1, "1", [1]],
    ],
    ["States.Base64Encode('Grüße')", "R3LDvMOfZQ=="],
    ["States.Base64Decode('R3LDvMOfZQ==')", "Grüße"],
    ["States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"],
    [
      "States.Hash('input data', 'SHA-256')",
      "b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3",
    ],
    ["States.JsonMerge($.o, States.StringToJson('{\"b\":2}'), false)", { a: 1, b: 2 }],
    ["States.StringToJson('')", null],
    ["States.StringToJson(' [1] ')", [1]],
    ["States.JsonToString($.o)", '{"a":1,"b":[true,null,"t"]}'],
    ["States.MathAdd(1.49, 1.5)", 3],
    ["States.MathAdd(-1.5, 0)", -1],
    ["States.MathAdd(-0.5, 0)", 0],
    ["States.StringSplit('a.b+c', '+.')", ["a", "b", "c"]],
    ["States.StringSplit(',,a,,', ',')", ["a"]],
    ["States.Format('{} and {}', $.s, $.n)", "x and 2.5"],
    ["States.Format('{}', $.o)", "{a=1, b=[true, null, t]}"],
    ["States.Format('it\\'s \\{\\} {} \\\\', 1)", "it's {} 1 \\"],
    ["States.Format($.t, 1)", "1-{}"],
    ["States.Format('none')", "none"],
    ["States.MathRandom(10, 20)", 12],
    ["States.Array( 1 , 2 )  ", [1, 2]],
    ["States.UUID()", "44444444-4444-4444-9444-444444444444"],
  ])("%s", (call, expected) => {
    expect(evaluateIntrinsic(call, scope)).toEqual(expected);
  });

  test.each([
    ["States.ArrayPartition($.list, 0)"],
    ["States.ArrayPartition($.s, 1)"],
    ["States.ArrayRange(1, 5, 0)"],
    ["States.ArrayRange(1, 5000, 1)"],
    ["States.ArrayGetItem($.list, 5)"],
    ["States.ArrayGetItem($.list, -1)"],
    ["States.ArrayLength($.s)"],
    ["States.Base64Decode('*')"],
    ["States.Hash('a', 'SHA-3')"],
    ["States.JsonMerge($.o, $.o, true)"],
    ["States.JsonMerge($.o, $.s, false)"],
    ["States.StringToJson('{')"],
    ["States.MathAdd('1', 2)"],
    ["States.MathRandom(5, 5)"],
    ["States.Format('{} {}', 1)"],
    ["States.Format('{')"],
    ["States.Format(1)"],
    ["States.UUID(1)"],
    ["States.ArrayGetItem(States.Array(), 0)"],
  ])("%s is refused", async (call) => {
    const { failure } = await failureOf(() => evaluateIntrinsic(call, scope));
    expect(failure.error).toBe("States.IntrinsicFailure");
    expect(failure.cause).toContain(`${prefix}The function '${call}' had the following error: `);
  });

  test("an argument that is not there fails as on the service, naming the whole call", async () => {
    const call = "States.Array(States.Format('{}', $.nope))";
    const { failure } = await failureOf(() =>
      evaluateIntrinsic(call, scopeOf({ input: { a: 1 } })),
    );
    expect(failure).toEqual({
      error: "States.Runtime",
      cause: `${prefix}The function '${call}' had the following error: The JsonPath argument for the field '$.nope' could not be found in the input '{"a":1}'`,
    });
  });

  test("a seed fixes the number, and every number lies in the range", () => {
    const seeded = "States.MathRandom(0, 1000000, 7)";
    expect(evaluateIntrinsic(seeded, scopeOf({ draw: () => 0.1 }))).toBe(
      evaluateIntrinsic(seeded, scopeOf({ draw: () => 0.9 })),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (start, width, draw) => {
          const given = scopeOf({ input: { start, end: start + width }, draw: () => draw });
          const drawn = evaluateIntrinsic("States.MathRandom($.start, $.end)", given) as number;
          expect(drawn).toBeGreaterThanOrEqual(start);
          expect(drawn).toBeLessThan(start + width);
        },
      ),
    );
  });

  test("Base64 and JSON text come back as they were", () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<Json>, (value) => {
        const given = scopeOf({ input: value });
        const call =
          "States.StringToJson(States.Base64Decode(States.Base64Encode(States.JsonToString($))))";
        expect(evaluateIntrinsic(call, given)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("the syntax of a call", () => {
  test.each([
    ["  States.Format('{}', $.a)", 0],
    ["States.Unknown()", 0],
    ["States.JsonToString($", 21],
    ["States.StringToJson $.escaped)", 19],
    ["JsonToString($)", 0],
    ["States\nJsonToString($)", 0],
    ["States.Format('\\\"')", 14],
    ["States.Format('a)", 14],
    ["States.Array(1,)", 15],
    ["States.Array(1) x", 16],
    ["States.Array(abc)", 13],
  ])("%j is refused", (call, position) => {
    expect(parseIntrinsicCall(call)).toEqual({ error: { message: expect.any(String), position } });
  });

  test("calls nest ten deep, not eleven", () => {
    const nested = (depth: number): string =>
      depth === 1 ? "States.UUID()" : `States.Array(${nested(depth - 1)})`;
    expect(parseIntrinsicCall(nested(10))).toHaveProperty("call");
    expect(parseIntrinsicCall(nested(11))).toHaveProperty("error");
  });
});
