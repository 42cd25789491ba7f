import { describe, expect, test } from "vitest";
import { drive } from "#core/expressions/drive.ts";
import type { Evaluating, JsonataCall } from "#core/expressions/evaluation.ts";
import { evaluateJsonata, jsonataSyntaxError } from "#core/expressions/jsonata-evaluator.ts";
import { evaluateAs, evaluateTemplate, isJsonata } from "#core/expressions/jsonata-template.ts";
import { StateFailed } from "#core/failure.ts";
import type { Json } from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { failureOf, prefix, scopeOf } from "./scope.ts";

const scope = scopeOf({
  input: { n: 2, list: [1, 2, 3], one: [5], deep: { x: [{ y: 1 }, { y: 2 }] }, nothing: null },
  context: { Execution: { Name: "e" } },
  variables: { v: { w: "x" } },
});

const evaluate = (template: Json, given = scope) =>
  drive(evaluateTemplate(template, given, "Output"));
const result = (expression: string, given = scope) => evaluate(`{% ${expression} %}`, given);
const causeOf = async (expression: string) =>
  (await failureOf(() => result(expression))).failure.cause;

describe("an expression", () => {
  test.each<[string, Json]>([
    ["$states.input.n + 1", 3],
    ["$states.input.list[$ > 1]", [2, 3]],
    ["$states.input.list[$ > 2]", 3],
    ["[$states.input.list[$ > 2]]", [3]],
    ["$states.input.deep.x.y", [1, 2]],
    ["$states.input.one", [5]],
    ["$states.input.nothing", null],
    ["$states.context.Execution.Name", "e"],
    ["$v.w & '!'", "x!"],
    ["$partition([1,2,3], 2)", [[1, 2], [3]]],
    ["$partition([0], 4)", [[0]]],
    ["$range(0, 9, 3)", [0, 3, 6, 9]],
    ["$range(1, 9, 9)", 1],
    ["$range(5, 1, -2)", [5, 3, 1]],
    ["$range(-1.7, 1, 1)", [-1, 0, 1]],
    ["$hash('input data', 'MD5')", "812f45842bc6d66ee14572ce20db8e86"],
    ["$parse('{\"a\": [1]}')", { a: [1] }],
    ["$uuid()", "44444444-4444-4444-9444-444444444444"],
    ["$random()", 0.25],
    ["$random(3) = $random(3)", true],
    ["$shuffle([1,2,3])", [3, 1, 2]],
    ["$now()", "2024-01-02T03:04:05.000Z"],
    ["$now('[Y0001]', '+0100')", "2024"],
    ["$millis()", 1704164645000],
    ["($x := 1; $toMillis('12:30', '[H01]:[m01]'))", 1704198600000],
    ["$pad('x', 3, 'ab') & $pad('y', -3)", "xab  y"],
    ["1/0", "Infinity"],
    ["($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(30))", 30],
  ])("%s", async (expression, expected) => {
    expect(await result(expression)).toEqual(expected);
  });

  test("gives plain JSON: no flag of a sequence is left", async () => {
    const value = (await result("{'a': $states.input.list[$ > 1], 'b': [1]}")) as {
      a: Json;
      b: Json;
    };
    expect(Reflect.ownKeys(value.a as object)).toEqual(["0", "1", "length"]);
    expect(Reflect.ownKeys(value.b as object)).toEqual(["0", "length"]);
  });

  test("gives the same every time, chance and time included", async () => {
    const draws = () => {
      let seed = 1;
      const draw = () => {
        seed = (seed * 16807) % 2147483647;
        return seed / 2147483647;
      };
      return scopeOf({ draw });
    };
    const expression = "[$random(), $uuid(), $shuffle([1..20]), $now(), $millis()]";
    expect(await result(expression, draws())).toEqual(await result(expression, draws()));
  });

  test.each([
    ["$doesNotExist", "returned nothing (undefined)."],
    ["$partition([], 2)", "returned nothing (undefined)."],
    ["$hash('a')", "returned nothing (undefined)."],
    ["$fn := function($x){$x}", "returned an unsupported result type."],
    ["{'f': $sum}", "returned an unsupported result type."],
    [
      "$randomSeeded(1)",
      "threw an error during evaluation. T1006: Attempted to invoke a non-function",
    ],
    ["$eval('1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function"],
    ["$error('boom')", "threw an error during evaluation. D3137: boom"],
    ["$parse('{')", "threw an error during evaluation. The text is not JSON"],
    ["1 +", "threw an error during evaluation. S0207: Unexpected end of expression"],
  ])("%s fails in the service's words", async (expression, what) => {
    expect(await causeOf(expression)).toBe(
      `${prefix}The JSONata expression '${expression}' specified for the field 'Output' ${what}`,
    );
  });

  test.each([
    ["an endless tail call", "($f := function($x) { $f($x) }; $f(1))", "steps"],
    ["endless recursion", "($f := function($x) { 1 + $f($x) }; $f(1))", "D1011: Stack overflow"],
    ["a huge range", "$count([1..10000000].[1..10000000])", "memory limit exceeded"],
    [
      "doubled text",
      "($f := function($s) { $f($s & $s) }; $f('xxxxxxxxxx'))",
      "memory limit exceeded",
    ],
    ["wide padding", "$pad('x', 1000000000)", "memory limit exceeded"],
    ["$range", "$range(1, 1000000000, 1)", "memory limit exceeded"],
  ])("%s is ended, the same way each time", async (_, expression, why) => {
    const cause = await causeOf(expression);
    expect(cause).toContain(why);
    expect(await causeOf(expression)).toBe(cause);
  });

  test("has its syntax checked without being evaluated", () => {
    expect(jsonataSyntaxError("1 + 1")).toBeUndefined();
    expect(jsonataSyntaxError("1 +")).toBe("S0207: Unexpected end of expression");
  });

  test("sees only its own evaluation when many run at once", async () => {
    const values = Array.from({ length: 50 }, (_, n) => n);
    const sums = await Promise.all(
      values.map((n) =>
        result(
          "$sum($map([1..20], function($x) { $x * $states.input.n }))",
          scopeOf({ input: { n } }),
        ),
      ),
    );
    expect(sums).toEqual(values.map((n) => 210 * n));
  });
});

describe("a template", () => {
  test("evaluates what is exactly {% ... %}, and only that", async () => {
    const template = { a: ["{% $states.input.n + 1 %}", " {% 1 %}"], "{% 1 %}": "{% 2 %}" };
    expect(await evaluate(template)).toEqual({ a: [3, " {% 1 %}"], "{% 1 %}": 2 });
    expect(["{%%}", "{% 1 %}", "{%", "%}", "{%}", "x{% 1 %}", 1].map(isJsonata)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test("names the place of an expression that fails", async () => {
    const failed = await failureOf(() => evaluate({ a: { b: [1, "{% $nope %}"] } }));
    expect(failed.location).toBe("Output/a/b[1]");
    expect(failed.failure.cause).toContain("specified for the field 'Output/a/b[1]'");
  });

  test("without expressions is handed on as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<Json>, (template) => {
        fc.pre(!JSON.stringify(template).includes("{%"));
        expect(evaluate(template)).toBe(template);
      }),
    );
  });

  test("look-ups need no JSONata and give what JSONata gives", async () => {
    const call = (expression: string): JsonataCall => ({
      expression,
      bindings: { ...scope.variables, states: { input: scope.input, context: scope.context } },
      nowMs: 0,
      draw: scope.draw,
      location: "Output",
      state: "S",
      enteredEventId: 2,
    });
    for (const expression of [
      "$states",
      "$states.input",
      "$states.input.one",
      "$states.input.nothing",
      "$states.context.Execution",
      "$v",
      "$v.w",
    ]) {
      const fast = result(expression);
      expect(fast).not.toBeInstanceOf(Promise);
      expect(fast).toEqual(await evaluateJsonata(call(expression)));
    }
  });
});

describe("a field of one type", () => {
  const items = (value: Json) =>
    drive(evaluateAs(value, scope, { location: "Items", expected: "array" }));

  test("takes a literal or an expression of that type", async () => {
    expect(items([1])).toEqual([1]);
    expect(await items("{% [1, 'two'] %}")).toEqual([1, "two"]);
  });

  test.each([
    ["'string'", `'string' for value: "string"`],
    ["null", "'null' for value: null"],
    ["{'foo': 'bar'}", `'object' for value: {"foo":"bar"}`],
    ["1", "'number' for value: 1"],
  ])("%s is refused in the service's words", async (expression, was) => {
    const failed = await failureOf(() => items(`{% ${expression} %}`));
    expect(failed.location).toBe("Items");
    expect(failed.failure.cause).toBe(
      `${prefix}The JSONata expression '${expression}' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was ${was}`,
    );
  });
});

describe("drive", () => {
  const call = {} as JsonataCall;
  const asking = function* (count: number): Evaluating<Json[]> {
    const answers: Json[] = [];
    for (let asked = 0; asked < count; asked += 1) answers.push((yield call) ?? null);
    return answers;
  };

  test("answers at once when nothing is awaited", () => {
    expect(drive(asking(0))).toEqual([]);
    expect(drive(asking(2), () => 7)).toEqual([7, 7]);
  });

  test("answers later when something is awaited", async () => {
    const answers: (Json | Promise<Json>)[] = [1, Promise.resolve(2), 3, Promise.resolve(4)];
    const driven = drive(asking(4), () => answers.shift());
    expect(driven).toBeInstanceOf(Promise);
    expect(await driven).toEqual([1, 2, 3, 4]);
  });

  test("throws a failing evaluation into the generator, which may go on", async () => {
    const catching = function* (): Evaluating<Json> {
      try {
        yield call;
      } catch (error) {
        return [(error as StateFailed).failure.error ?? null, (yield call) ?? null];
      }
      return null;
    };
    const failed = new StateFailed("States.QueryEvaluationError", "no");
    let calls = 0;
    const answer = (fail: () => Promise<Json>) => () => (calls++ === 0 ? fail() : "then");
    expect(
      await drive(
        catching(),
        answer(() => Promise.reject(failed)),
      ),
    ).toEqual(["States.QueryEvaluationError", "then"]);
    calls = 0;
    const thrown = answer(() => {
      throw failed;
    });
    expect(await drive(catching(), thrown)).toEqual(["States.QueryEvaluationError", "then"]);
  });

  test("hands on what the generator does not catch", async () => {
    await expect(drive(asking(1), () => Promise.reject(new StateFailed("E", "c")))).rejects.toThrow(
      "E: c",
    );
    expect(() =>
      drive(asking(1), () => {
        throw new StateFailed("E", "c");
      }),
    ).toThrow("E: c");
  });
});
