import { describe, expect, test } from "vitest";
import { parseDefinition } from "#core/asl/parse.ts";
import { matchesRule } from "#core/expressions/choice.ts";
import { drive } from "#core/expressions/drive.ts";
import { evaluateIntrinsic } from "#core/expressions/intrinsics/evaluate-intrinsic.ts";
import { evaluateAs, evaluateTemplate } from "#core/expressions/jsonata-template.ts";
import { readPath } from "#core/expressions/jsonpath/read-path.ts";
import { fillTemplate } from "#core/expressions/payload-template.ts";
import { placeAt } from "#core/expressions/reference-path.ts";
import { parseJson, printJson } from "#core/json.ts";
import { failureOf, scopeOf } from "./scope.ts";

const inputText =
  '{"n":2.0,"z":-0,"big":12345678901234567890123,"huge":1e400,"list":[1.0,{"b":3.10,"1":2}],"2":7}';
const scope = scopeOf({ input: parseJson(inputText) });
const listText = '[1.0,{"b":3.10,"1":2}]';

describe("what is moved is as it was written", () => {
  test.for([
    ["$", inputText],
    ["$.n", "2.0"],
    ["$.list", listText],
    ["$.list[*]", listText],
    ["$.list[1].b", "3.10"],
    ["$..b", "[3.10]"],
    ["$['n','z']", '{"n":2.0,"z":-0}'],
    ["$.list[?(@.b == 3.1)]", '[{"b":3.10,"1":2}]'],
  ] as const)("the path %s", ([path, text]) => {
    expect(printJson(readPath(path, scope))).toBe(text);
  });

  test.for([
    ["States.Array($.n, 1.0, $.list)", `[2.0,1.0,${listText}]`],
    ["States.ArrayGetItem($.list, 0.0)", "1.0"],
    ["States.ArrayPartition($.list, 1.0)", '[[1.0],[{"b":3.10,"1":2}]]'],
    [
      "States.ArrayUnique(States.Array(1.0, 1, 2.0, '1', $.list, $.list))",
      `[1.0,2.0,"1",${listText}]`,
    ],
    ["States.StringToJson('[1.0,-0]')", "[1.0,-0]"],
    ["States.JsonToString($.list)", JSON.stringify(listText)],
    [
      "States.Format('{} {} {}', $.n, $.big, $.list[1])",
      '"2.0 12345678901234567890123 {b=3.10, 1=2}"',
    ],
    ["States.JsonMerge($.list[1], $.list[1], false)", '{"b":3.10,"1":2}'],
  ] as const)("%s", ([call, text]) => {
    expect(printJson(evaluateIntrinsic(call, scope))).toBe(text);
  });

  test("a payload template", () => {
    const template = parseJson('{"b":1.0,"1.$":"$.n","c":{"d.$":"$.big","e":1e5}}');
    expect(printJson(fillTemplate(template, scope))).toBe(
      '{"b":1.0,"1":2.0,"c":{"d":12345678901234567890123,"e":1e5}}',
    );
  });

  test("the input beside a result", () => {
    const placed = placeAt({ path: "$.n", input: scope.input, result: parseJson("5.0"), scope });
    expect(printJson(placed)).toBe(inputText.replace("2.0", "5.0"));
  });

  test.for([
    ["{% $states.input %}", inputText],
    ["{% $states.input.big %}", "12345678901234567890123"],
    ["{% $states.input.list[1] %}", '{"b":3.10,"1":2}'],
    ["{% [$states.input.list, 1] %}", '[1,{"b":3.10,"1":2},1]'],
    ["{% {'a': $states.input.list} %}", `{"a":${listText}}`],
    ["{% $parse('{\"a\":1.0}') %}", '{"a":1.0}'],
  ] as const)("whole, by JSONata: %s", async ([template, text]) => {
    const value = await drive(evaluateTemplate(template, scope, "Output"));
    expect(printJson(value)).toBe(text);
  });
});

describe("what is computed is a number as JavaScript has it", () => {
  test.for([
    ["States.MathAdd($.n, 1.0)", "3"],
    ["States.ArrayRange(1.0, 5.0, $.n)", "[1,3,5]"],
    ["States.ArrayContains($.list, 1)", "true"],
    ["States.ArrayContains($.list, $.n)", "false"],
  ] as const)("%s", ([call, text]) => {
    expect(printJson(evaluateIntrinsic(call, scope))).toBe(text);
  });

  test("a number beyond all is refused", async () => {
    const failure = await failureOf(() => evaluateIntrinsic("States.MathAdd($.huge, 1)", scope));
    expect(failure.failure.error).toBe("States.IntrinsicFailure");
  });

  test.for([
    ["$.list[?(@ > 0.5)]", "[1.0]"],
    ["$.list[?(@ == 1)]", "[1.0]"],
    ["$.list.max()", "1"],
    ["$.list[?(@ in [1.0])]", "[1.0]"],
  ] as const)("%s", ([path, text]) => {
    expect(printJson(readPath(path, scope))).toBe(text);
  });

  test.for([
    ["{% $states.input.n * 2 %}", "4"],
    ["{% $sum([$states.input.n, $states.input.list[0]]) %}", "3"],
    ["{% $states.input.huge > 1 %}", "true"],
    ["{% $string($states.input.n) %}", '"2"'],
    ["{% $type($states.input.z) %}", '"number"'],
  ] as const)("%s", async ([template, text]) => {
    expect(printJson(await drive(evaluateTemplate(template, scope, "Output")))).toBe(text);
  });

  test("a field that wants a number", async () => {
    const field = { location: "Seconds", expected: "integer" } as const;
    expect(await drive(evaluateAs("{% $states.input.n %}", scope, field))).toBe(2);
    expect(await drive(evaluateAs(parseJson("3.0"), scope, field))).toBe(3);
    const failure = await failureOf(() => drive(evaluateAs(parseJson("3.10"), scope, field)));
    expect(failure.failure.cause).toContain("Expected 'integer', but was 'number' for value: 3.10");
  });

  test.for([
    ['{"Variable":"$.n","NumericEquals":2}', true],
    ['{"Variable":"$.n","NumericEquals":2.00}', true],
    ['{"Variable":"$.z","NumericEquals":0.0}', true],
    ['{"Variable":"$.n","NumericEqualsPath":"$.list[0]"}', false],
    ['{"Variable":"$.n","NumericGreaterThanPath":"$.list[0]"}', true],
    ['{"Variable":"$.huge","NumericGreaterThan":1e300}', true],
    ['{"Variable":"$.n","IsNumeric":true}', true],
    ['{"Variable":"$.n","IsString":true}', false],
    ['{"Variable":"$.n","StringEquals":"2.0"}', false],
  ] as const)("the choice rule %s", ([text, holds]) => {
    const rule = parseJson(text) as never;
    const at = { language: "JSONPath", location: "Choices[0]" } as const;
    expect(drive(matchesRule(rule, scope, at))).toBe(holds);
  });
});

test("a definition has plain numbers where the language has them, and the user's where data is", () => {
  const text = `{"StartAt":"Result","TimeoutSeconds":60.0,"States":{
    "Result":{"Type":"Task","Resource":"holdfast:core:echo","TimeoutSeconds":5.0,"HeartbeatSeconds":2.0,
      "Parameters":{"TimeoutSeconds":5.0},"Retry":[{"ErrorEquals":["a"],"BackoffRate":2.0}],"Next":"Map"},
    "Map":{"Type":"Map","MaxConcurrency":1e1,"ItemSelector":{"a":1.0},"End":true,
      "ItemProcessor":{"StartAt":"Pass","States":{"Pass":{"Type":"Pass","Result":{"States":{"a":1.0}},"End":true}}}}}}`;
  const parsed = parseDefinition(parseJson(text));
  if (parsed.kind === "invalid") throw new TypeError(JSON.stringify(parsed.diagnostics));
  const expected = text
    .replace("60.0", "60")
    .replace("5.0", "5")
    .replace("2.0", "2")
    .replace('"BackoffRate":2.0', '"BackoffRate":2')
    .replace("1e1", "10")
    .replaceAll(/\n */g, "");
  expect(JSON.stringify(parsed.definition)).toBe(expected);
  const wrong = parseDefinition(
    parseJson(text.replace('"TimeoutSeconds":5.0', '"TimeoutSeconds":5.10')),
  );
  expect(wrong).toMatchObject({
    diagnostics: [{ message: expect.stringContaining("found the number 5.10") }],
  });
});
