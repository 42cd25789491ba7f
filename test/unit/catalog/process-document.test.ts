import { describe, expect, test } from "vitest";
import { readProcessDocument } from "#catalog/process-document.ts";
import { diagnosticCountMax } from "#core/asl/limits.ts";
import { ExactNumber } from "#core/exact-json/exact-number.ts";

const hello = `# A first process.
kind: Process
name: hello
description: Greets.
inputSchema:
  type: object
  required: [name]
definition:
  StartAt: Greet
  States:
    Greet:
      Type: Pass
      Next: Done
    Done: { Type: Succeed }
`;

const read = (text: string, fileName?: string) =>
  readProcessDocument(fileName === undefined ? { text } : { text, fileName });

const findings = (text: string, fileName?: string) => {
  const reading = read(text, fileName);
  return reading.kind === "valid" ? reading.warnings : reading.diagnostics;
};

const valid = (text: string, fileName?: string) => {
  const reading = read(text, fileName);
  if (reading.kind === "invalid") throw new TypeError(JSON.stringify(reading.diagnostics));
  return reading.document;
};

const machine = { StartAt: "A", States: { A: { Type: "Succeed" } } };

describe("a process document", () => {
  test("has a schema of its input that a server can make a check of while others wait", () => {
    const count = 20_000;
    const names = Array.from({ length: count }, (_, index) => [`p${index}`, { type: "string" }]);
    const inputSchema = { properties: Object.fromEntries(names) };
    const text = JSON.stringify({ kind: "Process", name: "big", inputSchema, definition: machine });
    expect(findings(text)).toMatchObject([
      { severity: "ERROR", message: expect.stringMatching(/characters, and 65536 are the most/) },
    ]);
  });

  test("is read from YAML", () => {
    expect(valid(hello)).toMatchObject({
      name: "hello",
      description: "Greets.",
      inputSchema: { type: "object", required: ["name"] },
      definition: { StartAt: "Greet", States: { Done: { Type: "Succeed" } } },
    });
  });

  test("is the same when it is written in JSON", () => {
    const { content } = valid(hello);
    expect(valid(JSON.stringify(content, null, "\t")).content).toEqual(content);
    expect(valid(JSON.stringify(content)).content).toEqual(content);
  });

  test("may be a plain definition, named by its file", () => {
    const text = JSON.stringify({ Comment: "Nightly.", ...machine });
    expect(valid(text, "jobs/backup.asl.json")).toMatchObject({
      name: "backup",
      description: "Nightly.",
      definition: machine,
    });
    expect(valid("StartAt: A\nStates: {A: {Type: Succeed}}", "C:\\jobs\\night.v2.yml").name).toBe(
      "night.v2",
    );
  });

  test("keeps numbers and strings as JSON has them", () => {
    const result = {
      a: 1.5,
      b: 1e21,
      c: "1",
      d: "yes",
      e: "2026-01-01",
      f: '\u00fc\\/"',
      g: null,
      "": [-0.1],
    };
    const text = JSON.stringify({
      StartAt: "A",
      States: { A: { Type: "Pass", Result: result, End: true } },
    });
    expect(valid(text, "a.json").definition).toEqual(JSON.parse(text));
    const yaml = `StartAt: A
States:
  A: {Type: Pass, End: true, Result: {a: 1.0, b: yes, c: 2026-01-01, d: 0o14, e: "7", f: ~, 007: on}}`;
    expect(valid(yaml, "a.yaml").definition.States["A"]).toMatchObject({
      Result: {
        a: new ExactNumber("1.0"),
        b: "yes",
        c: "2026-01-01",
        d: 12,
        e: "7",
        f: null,
        "007": "on",
      },
    });
  });

  test("may use anchors", () => {
    const text = `StartAt: A
States:
  A: {Type: Task, Resource: "holdfast:http:request", Next: B, Retry: &retry [{ErrorEquals: [States.ALL]}]}
  B: {Type: Task, Resource: "holdfast:http:request", Retry: *retry, End: true}`;
    expect(valid(text, "a.yaml").definition.States["B"]).toMatchObject({
      Retry: [{ ErrorEquals: ["States.ALL"] }],
    });
  });

  test("may say that it is EXPRESS, and then holds what Express workflows support only", () => {
    const typed = (type: string) => hello.replace("definition:", `type: ${type}\ndefinition:`);
    expect(valid(typed("EXPRESS")).type).toBe("EXPRESS");
    expect(valid(typed("STANDARD")).type).toBe("STANDARD");
    expect("type" in valid(hello)).toBe(false);
    expect(findings(typed("FAST"))).toMatchObject([
      { message: '"type" must be STANDARD or EXPRESS, not "FAST"', path: ["type"], line: 8 },
    ]);
    const asking = typed("EXPRESS").replace(
      "Type: Pass",
      "Type: Task\n      Resource: holdfast:activity:greet",
    );
    expect(findings(asking)).toMatchObject([
      {
        severity: "ERROR",
        message: "an Express workflow does not support activities; make the process STANDARD",
      },
    ]);
  });

  const withSettings = (settings: string) =>
    hello.replace("definition:", `settings: ${settings}\ndefinition:`);

  test("may say what is kept of its executions, and for how long a standstill is worth resuming", () => {
    expect("settings" in valid(hello)).toBe(false);
    expect("settings" in valid(withSettings("{}"))).toBe(false);
    const text = withSettings("{persistence: none, onLoss: rerun, freshness: 60, onStale: drop}");
    expect(findings(text)).toEqual([]);
    expect(valid(text).settings).toEqual({
      persistence: "none",
      onLoss: "rerun",
      freshness: 60,
      onStale: "drop",
    });
  });

  test.each([
    ["[]", [], '"settings" must be an object'],
    [
      "{persistence: some}",
      ["settings", "persistence"],
      '"persistence" must be full, onFailure or none, not "some"',
    ],
    [
      "{persistence: none, onLoss: 1}",
      ["settings", "onLoss"],
      '"onLoss" must be skip or rerun, not 1',
    ],
    ["{onLoss: skip}", ["settings", "onLoss"], /^"onLoss" says what becomes of .* remove it$/],
    ["{onStale: drop}", ["settings", "onStale"], /^"onStale" needs "freshness"/],
    [
      "{freshness: 0}",
      ["settings", "freshness"],
      /^"freshness" must be a number of seconds from 1 to/,
    ],
    ["{persistance: none}", ["settings", "persistance"], /did you mean "persistence"/],
    ["{constructor: 1}", ["settings", "constructor"], /^there is no setting "constructor"/],
  ])("with the settings %s is refused", (settings, path, message) => {
    expect(findings(withSettings(settings))).toMatchObject([
      {
        severity: "ERROR",
        ...(path.length > 0 && { path }),
        message: typeof message === "string" ? message : expect.stringMatching(message),
      },
    ]);
  });

  test("says of fields without effect that they have none", () => {
    expect(findings(hello.replace("definition:", "triggers: []\ndefinition:"))).toMatchObject([
      { severity: "WARNING", code: "WITHOUT_EFFECT", path: ["triggers"], line: 8 },
    ]);
  });

  test("with a key that means something to JavaScript is plain data", () => {
    const text = `{"StartAt":"__proto__","States":{"__proto__":{"Type":"Succeed"}}}`;
    expect(Object.keys(valid(text, "a.json").definition.States)).toEqual(["__proto__"]);
  });
});

describe("what is wrong is shown with line and column", () => {
  const place = (text: string, fileName?: string) =>
    findings(text, fileName).map(({ line, column, message }) => `${line}:${column} ${message}`);

  test.each([
    ["a misspelt target", hello.replace("Next: Done", "Next: Dome"), /^13:7 .*did you mean "Done"/],
    [
      "an unknown field of a state",
      hello.replace("Next: Done", "Nxet: Done"),
      /^13:7 .*did you mean "Next"/,
    ],
    [
      "a state that leads nowhere",
      hello.replace("      Next: Done\n", ""),
      /^11:5 .*leads nowhere/,
    ],
    [
      "an unknown field",
      hello.replace("description", "descripton"),
      /^4:1 .*did you mean "description"/,
    ],
    [
      "the schema under another name",
      hello.replace("inputSchema", "input"),
      /^5:1 .*did you mean "inputSchema"/,
    ],
    [
      "a wrong schema",
      hello.replace("type: object", "type: objekt"),
      /^6:3 the JSON Schema is wrong: type/,
    ],
    [
      "a schema of another draft",
      hello.replace("type: object", "$schema: http://json-schema.org/draft-04/schema#"),
      /^5:1 the JSON Schema.*draft-04/,
    ],
    [
      "a wrong name",
      hello.replace("name: hello", "name: say hello"),
      /^3:1 "say hello" can not be.*use 1 to 80/,
    ],
    ["dots as a name", hello.replace("name: hello", "name: .."), /^3:1 /],
    ["no name", hello.replace("name: hello\n", ""), /^2:1 .*needs the field "name"/],
    [
      "another kind",
      hello.replace("kind: Process", "kind: Workflow"),
      /^2:1 "kind" must be "Process", not "Workflow"/,
    ],
    ["no process at all", "a: 1", /^1:1 this is neither a process document/],
    ["a list", "- 1", /^1:1 a process document is an object/],
    [
      "indentation",
      hello.replace("      Next", "     Next"),
      /^13:\d+ the YAML can not be read from here on: /,
    ],
    ["a tab as indentation", hello.replace("      Next", "\tNext"), /^13:\d+ .*[Tt]ab/],
    [
      "not a number",
      hello.replace("Type: Pass", "Type: Pass\n      Comment: .nan"),
      /^13:16 .*no counterpart in JSON/,
    ],
    ["an alias of nothing", hello.replace("Next: Done", "Next: *done"), /^13:\d+ .*[Aa]lias/],
    ["two documents", `${hello}---\na: 1`, /^15:1 /],
    ["an empty text", " \n", /^1:1 the document is empty/],
  ])("%s", (_, text, expected) => {
    const [first] = place(text);
    expect(first).toMatch(expected);
  });

  test.each([
    [
      "a comma",
      '{\n  "StartAt": "A"\n  "States": {}\n}',
      /^3:3 the JSON can not be read here: Expected ',' or '}'/,
    ],
    ["an end", '{\n  "StartAt": "A",', /^2:\d+ the JSON/],
    [
      "a quote",
      '{\n  "StartAt": "A,\n}',
      /^2:\d+ the JSON can not be read here: Bad control character/,
    ],
    ["a value", '{\n  "StartAt": A B: C }', /^2:\d+ the (JSON|YAML) can not be read/],
  ])("JSON without %s is one finding", (_, text, expected) => {
    const all = place(text, "a.json");
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(expected);
  });

  test("a key given twice is refused and both lines are named", () => {
    const text = hello.replace("    Done:", "    Greet: { Type: Succeed }\n    Done:");
    expect(place(text)).toEqual([
      '14:5 the key "Greet" is here for the second time; the first is in line 11',
    ]);
    expect(place(`{"StartAt":"A",\n"StartAt":"B","States":{}}`, "a.json")).toEqual([
      '2:1 the key "StartAt" is here for the second time; the first is in line 1',
    ]);
  });

  test("a plain definition needs a name that can be one", () => {
    const text = JSON.stringify(machine);
    expect(place(text)[0]).toMatch(/takes its name from its file, and there is none/);
    expect(place(text, "my process.json")[0]).toMatch(/"my process", which can not be/);
  });

  test("paths begin at the root of the document", () => {
    expect(findings(hello.replace("Next: Done", "Next: Dome"))[0]?.path).toEqual([
      "definition",
      "States",
      "Greet",
      "Next",
    ]);
  });
});

test("brackets in strings and side by side are no depth", () => {
  const texts = JSON.stringify({ ...machine, Comment: "[{".repeat(1_000) });
  const rows = JSON.stringify({ ...machine, Comment: "", ignored: Array(1_000).fill([{}]) });
  expect(findings(texts, "a.json")).toEqual([]);
  expect(findings(rows, "a.json")).toEqual([
    expect.objectContaining({ message: expect.stringContaining('no field "ignored"') }),
  ]);
});

test("no more is told of fields than anybody reads", () => {
  const fields = Array.from({ length: 5_000 }, (_, index) => `f${index}: 1`).join("\n");
  expect(findings(`kind: Process\n${fields}\n`)).toHaveLength(diagnosticCountMax + 2);
});

test("JSON that ends too early is said to, whatever is open", () => {
  for (const text of ['{"StartAt": "A"\n', '{"StartAt": ', '{"States": {}'])
    expect(findings(text, "a.json")).toEqual([
      expect.objectContaining({ message: "the JSON ends too early; close what was opened" }),
    ]);
});

describe("what would exhaust memory or stack is refused", () => {
  test.each([
    ["depth", "[".repeat(200_000), /nested more than 300 deep/],
    ["depth of both brackets", '{"a": ['.repeat(200), /nested more than 300 deep/],
    [
      "depth of blocks",
      Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
      undefined,
    ],
    [
      "aliases of aliases",
      `a: &a [x, x, x, x, x, x, x, x, x, x]\n${"bcdefghi"
        .split("")
        .map((key, index) => {
          const inner = `*${"abcdefgh"[index]}`;
          return `${key}: &${key} [${Array.from({ length: 10 }, () => inner).join(", ")}]`;
        })
        .join("\n")}`,
      /more than \d+ values/,
    ],
    ["an alias within itself", "a: &a [*a]", undefined],
    ["length", `# ${"x".repeat(1_100_000)}`, /1048576 are allowed/],
  ])("%s", (_, text, expected) => {
    const startedAt = performance.now();
    const reading = read(text);
    expect(reading.kind).toBe("invalid");
    if (expected !== undefined) expect(findings(text)[0]?.message).toMatch(expected);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

test("a category is a name, and a part of the document", () => {
  const read = (category: unknown) =>
    readProcessDocument({
      text: JSON.stringify({
        kind: "Process",
        name: "a",
        category,
        definition: { StartAt: "A", States: { A: { Type: "Succeed" } } },
      }),
    });
  expect(read("billing")).toMatchObject({ kind: "valid", document: { category: "billing" } });
  for (const wrong of ["", "two words", 1, "x".repeat(81)]) {
    expect(read(wrong)).toMatchObject({
      kind: "invalid",
      diagnostics: [{ message: expect.stringContaining("can not be the category of a process") }],
    });
  }
});
