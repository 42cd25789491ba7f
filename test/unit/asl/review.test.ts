/** What is allowed and hardly meant: findings beyond the service's, with their places. */
import { describe, expect, test } from "vitest";
import { diagnosticCountMax } from "#core/asl/limits.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import type { Json, JsonObject } from "#core/json.ts";

const found = (definition: Json) =>
  validateDefinition(definition).map(({ severity, code, path }) =>
    severity === "WARNING" ? `${code} /${path.join("/")}` : `${severity} ${code}`,
  );

const machine = (states: JsonObject, top: JsonObject = {}): Json => ({
  StartAt: Object.keys(states)[0] ?? "",
  ...top,
  States: states,
});

const task = (fields: JsonObject): JsonObject => ({
  Type: "Task",
  Resource: "holdfast:http:request",
  End: true,
  ...fields,
});

describe("a retrier or catcher that never matches", () => {
  const retried = (...names: string[][]) =>
    found(machine({ A: task({ Retry: names.map((ErrorEquals) => ({ ErrorEquals })) }) }));
  const caught = (...names: string[][]) =>
    found(
      machine({
        A: task({ Catch: names.map((ErrorEquals) => ({ ErrorEquals, Next: "Z" })) }),
        Z: { Type: "Succeed" },
      }),
    );

  test.each([
    [["Boom"], ["Other", "Boom"], "1/ErrorEquals/1"],
    [["States.TaskFailed"], ["Boom"], "1/ErrorEquals/0"],
    [["States.Timeout"], ["States.HeartbeatTimeout"], "1/ErrorEquals/0"],
    [["Boom", "States.TaskFailed"], ["States.Permissions"], "1/ErrorEquals/0"],
  ])("is found behind another one: %j before %j", (first, second, place) => {
    expect(retried(first, second)).toEqual([`NEVER_MATCHES /States/A/Retry/${place}`]);
    expect(caught(first, second)).toEqual([`NEVER_MATCHES /States/A/Catch/${place}`]);
  });

  test.each([
    [["States.TaskFailed"], ["States.Timeout"]],
    [["States.TaskFailed"], ["States.HeartbeatTimeout"]],
    [["States.TaskFailed"], ["States.ALL"]],
    [["States.HeartbeatTimeout"], ["States.Timeout"]],
    [["Boom"], ["boom"]],
  ])("is no such one: %j before %j", (first, second) => {
    expect(retried(first, second)).toEqual([]);
    expect(caught(first, second)).toEqual([]);
  });

  test("may follow a wildcard if it names what wildcards do not retry", () => {
    const names = [["States.TaskFailed"], ["Holdfast.Interrupted"]] as const;
    expect(retried([...names[0]], [...names[1]])).toEqual([]);
    expect(caught([...names[0]], [...names[1]])).toEqual([
      "NEVER_MATCHES /States/A/Catch/1/ErrorEquals/0",
    ]);
  });

  test("names an error that is never caught", () => {
    expect(caught(["States.Runtime"])).toEqual(["NEVER_MATCHES /States/A/Catch/0/ErrorEquals/0"]);
  });
});

describe("a rule of a Choice state that never matches", () => {
  const rules = (...conditions: JsonObject[]) =>
    found(
      machine({
        A: {
          Type: "Choice",
          Choices: conditions.map((condition) => ({ ...condition, Next: "Z" })),
          Default: "Z",
        },
        Z: { Type: "Succeed" },
      }),
    );
  const of = (operator: string, value: Json, variable = "$.a"): JsonObject => ({
    Variable: variable,
    [operator]: value,
  });
  const never = (index: number) => [`NEVER_MATCHES /States/A/Choices/${index}`];

  test.each([
    ["two values", [of("StringEquals", "a"), of("StringEquals", "b")]],
    ["an empty range", [of("NumericGreaterThan", 5), of("NumericLessThan", 5)]],
    ["a range from above", [of("NumericGreaterThan", 7), of("NumericLessThanEquals", 5)]],
    ["an open end", [of("NumericGreaterThan", 5), of("NumericEquals", 5)]],
    ["an open end at the top", [of("NumericEquals", 5), of("NumericLessThan", 5)]],
    ["two types", [of("NumericEquals", 5), of("StringEquals", "5")]],
    ["null and a value", [of("IsNull", true), of("BooleanEquals", true)]],
    ["true and false", [of("BooleanEquals", true), of("BooleanEquals", false)]],
    ["absence and a value", [of("IsPresent", false), of("StringEquals", "a")]],
    [
      "times",
      [
        of("TimestampLessThan", "2026-01-01T00:00:00Z"),
        of("TimestampGreaterThan", "2026-01-01T01:00:00+01:00"),
      ],
    ],
    ["a nested And", [of("NumericEquals", 5), { And: [of("NumericEquals", 6)] }]],
  ])("contradicts itself: %s", (_, And) => {
    expect(rules({ And })).toEqual(never(0));
  });

  test.each([
    ["a range", [of("NumericGreaterThanEquals", 5), of("NumericLessThanEquals", 5)]],
    ["two variables", [of("NumericEquals", 5), of("NumericEquals", 6, "$.b")]],
    ["a time is text", [of("IsString", true), of("TimestampEquals", "2026-01-01T00:00:00Z")]],
    ["equal booleans", [of("BooleanEquals", true), of("BooleanEquals", true)]],
    ["a type that it is not", [of("IsNull", false), of("NumericEquals", 1)]],
    ["presence", [of("IsPresent", true), of("NumericEquals", 1)]],
    ["alternatives", [{ Or: [of("NumericEquals", 1)] }, of("NumericEquals", 2)]],
  ])("is not one with %s", (_, And) => {
    expect(rules({ And })).toEqual([]);
  });

  test.each([
    ["the same", of("NumericEquals", 5), of("NumericEquals", 5)],
    ["a wider range", of("NumericGreaterThan", 3), of("NumericGreaterThan", 5)],
    ["a value within", of("NumericLessThanEquals", 5), of("NumericEquals", 5)],
    ["text within", of("StringGreaterThanEquals", "a"), of("StringEquals", "b")],
    ["a type", of("IsNumeric", true), of("NumericEquals", 5)],
    [
      "one part of an And",
      of("NumericGreaterThan", 3),
      { And: [of("NumericEquals", 5), of("StringEquals", "x", "$.b")] },
    ],
  ])("comes after %s", (_, first, second) => {
    expect(rules(first, second)).toEqual(never(1));
  });

  test.each([
    ["a narrower range", of("NumericGreaterThan", 5), of("NumericGreaterThan", 3)],
    ["an open end", of("NumericLessThan", 5), of("NumericLessThanEquals", 5)],
    ["an open end below", of("NumericGreaterThan", 5), of("NumericGreaterThanEquals", 5)],
    ["another type", of("StringEquals", "5"), of("NumericEquals", 5)],
    ["another variable", of("NumericEquals", 5), of("NumericEquals", 5, "$.b")],
    ["a value", of("NumericEquals", 5), of("NumericGreaterThan", 5)],
    ["the other truth", of("BooleanEquals", true), of("BooleanEquals", false)],
    ["a part of it", { And: [of("IsNumeric", true)] }, of("NumericEquals", 5)],
  ])("may come after %s", (_, first, second) => {
    expect(rules(first, second)).toEqual([]);
  });

  const jsonata = (...conditions: Json[]) =>
    found(
      machine(
        {
          A: {
            Type: "Choice",
            Choices: conditions.map((Condition) => ({ Condition, Next: "Z" })),
            Default: "Z",
          },
          Z: { Type: "Succeed" },
        },
        { QueryLanguage: "JSONata" },
      ),
    );

  test("in JSONata: constant, or said before", () => {
    const expression = "{% $states.input.a > 1 %}";
    expect(jsonata("{% false %}")).toEqual(never(0));
    expect(jsonata(false)).toEqual(never(0));
    expect(jsonata(expression, "{%$states.input.a > 1%}")).toEqual(never(1));
    expect(jsonata("{% true %}", expression)).toEqual(never(1));
    expect(jsonata(expression, "{% $states.input.a > 2 %}", true)).toEqual([]);
  });
});

describe("a variable that may be unset", () => {
  const jsonata = (states: JsonObject) => found(machine(states, { QueryLanguage: "JSONata" }));
  const pass = (fields: JsonObject): JsonObject => ({ Type: "Pass", ...fields });
  const unset = (place: string) => [`VARIABLE_MAY_BE_UNSET /States/${place}`];

  test("is one that nobody assigns", () => {
    expect(jsonata({ A: pass({ Output: { a: ["{% $x %}"] }, End: true }) })).toEqual(
      unset("A/Output/a/0"),
    );
  });

  test("is one that the state itself assigns", () => {
    const own = pass({ Assign: { x: 1 }, Output: "{% $x %}", End: true });
    expect(jsonata({ A: own })).toEqual(unset("A/Output"));
  });

  test("is not one that was assigned before", () => {
    const A = pass({ Assign: { x: 1 }, Next: "B" });
    expect(jsonata({ A, B: pass({ Output: "{% $x %}", End: true }) })).toEqual([]);
  });

  test("is one that only one of two ways assigns", () => {
    const states = (first: JsonObject, second: JsonObject) => ({
      A: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.input.a %}", Next: "Z", ...first }],
        Default: "Z",
        ...second,
      },
      Z: pass({ Output: "{% $x %}", End: true }),
    });
    const Assign = { x: 1 };
    expect(jsonata(states({ Assign }, {}))).toEqual(unset("Z/Output"));
    expect(jsonata(states({}, { Assign }))).toEqual(unset("Z/Output"));
    expect(jsonata(states({ Assign }, { Assign }))).toEqual([]);
  });

  test("is one that a catcher's way leaves out", () => {
    const states = (caught: JsonObject) => ({
      A: task({
        Assign: { x: 1 },
        Next: "Z",
        End: false,
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "Z", ...caught }],
      }),
      Z: pass({ Output: "{% $x %}", End: true }),
    });
    expect(jsonata(states({}))).toEqual(unset("Z/Output"));
    expect(jsonata(states({ Assign: { x: 2 } }))).toEqual([]);
  });

  test("is not one that a loop comes back with", () => {
    const A = pass({ Assign: { x: 1 }, Next: "B" });
    const B = {
      Type: "Choice",
      Choices: [{ Condition: "{% $x > 3 %}", Next: "C" }],
      Default: "B",
    };
    expect(jsonata({ A, B, C: { Type: "Succeed", Output: "{% $x %}" } })).toEqual([]);
  });

  test("inner states read what is assigned around them, and give nothing back", () => {
    const inner = pass({ Assign: { y: "{% $x %}" }, End: true });
    const states = {
      A: pass({ Assign: { x: 1 }, Next: "P" }),
      P: { Type: "Parallel", Branches: [{ StartAt: "I", States: { I: inner } }], Next: "Z" },
      Z: pass({ Output: "{% $y %}", End: true }),
    };
    expect(jsonata(states)).toEqual(unset("Z/Output"));
  });

  test("the items of a distributed Map state see nothing of it", () => {
    const map = (Mode: string): JsonObject => ({
      A: pass({ Assign: { x: 1 }, Next: "M" }),
      M: {
        Type: "Map",
        ItemProcessor: {
          ProcessorConfig: {
            Mode,
            ...(Mode === "DISTRIBUTED" && { ExecutionType: "STANDARD" }),
          },
          StartAt: "I",
          States: { I: pass({ Output: "{% $x %}", End: true }) },
        },
        End: true,
      },
    });
    expect(jsonata(map("INLINE"))).toEqual([]);
    expect(jsonata(map("DISTRIBUTED"))).toEqual(unset("M/ItemProcessor/States/I/Output"));
  });

  test.each([
    "{% ($x := 1; $x + 1) %}",
    "{% $map([1], function($v, $i) { $v + $i }) %}",
    "{% $map([1], $string) %}",
    "{% [1] ~> $sum %}",
    "{% $states.input.items@$one.{ 'a': $one } %}",
    "{% $states.input.items#$i.$i %}",
    "{% $$ %}",
  ])("an expression's own names are none: %s", (Output) => {
    expect(jsonata({ A: pass({ Output, End: true }) })).toEqual([]);
  });

  test("is told of no more often than any finding", () => {
    const Output = Array.from({ length: 200 }, (_, index) => `{% $x${index} %}`);
    expect(jsonata({ A: pass({ Output, End: true }) })).toHaveLength(diagnosticCountMax);
  });

  test("is not looked for where that would take too long, within states either", () => {
    const chain = (length: number): JsonObject =>
      Object.fromEntries(
        Array.from({ length }, (_, index) => [
          `S${index}`,
          pass({ Assign: { [`v${index}`]: 1 }, Next: index + 1 < length ? `S${index + 1}` : "P" }),
        ]),
      );
    const inner = pass({ Output: "{% $x %}", End: true });
    const states = (length: number): JsonObject => ({
      ...chain(length),
      P: { Type: "Parallel", Branches: [{ StartAt: "I", States: { I: inner } }], End: true },
    });
    const place = "P/Branches/0/States/I/Output";
    expect(jsonata(states(100))).toEqual(unset(place));
    expect(jsonata(states(2_500))).toEqual([]);
  });

  test("is found in paths and intrinsic functions too", () => {
    const paths = (Parameters: Json) => found(machine({ A: pass({ Parameters, End: true }) }));
    expect(paths({ "a.$": "$x.b" })).toEqual(unset("A/Parameters/a.$"));
    expect(paths({ "a.$": "States.Format('{}', States.UUID(), $x)" })).toHaveLength(1);
    expect(paths({ "a.$": "$.x", "b.$": "$$.State.Name" })).toEqual([]);
    expect(
      found(machine({ A: pass({ Result: { "a.$": "$x" }, End: true }) })).filter((finding) =>
        finding.startsWith("VARIABLE"),
      ),
    ).toEqual([]);
  });
});

describe("JSONata that can not be read", () => {
  test("is refused where it stands, with the position of the fault", () => {
    const definition = machine(
      { A: { Type: "Pass", Output: { a: ["{% 1 + %}"] }, End: true } },
      { QueryLanguage: "JSONata" },
    );
    const [finding, ...others] = validateDefinition(definition);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      severity: "ERROR",
      path: ["States", "A", "Output", "a", 0],
      message: expect.stringMatching(/at character \d+/),
    });
  });
});
