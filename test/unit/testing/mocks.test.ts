import { describe, expect, test } from "vitest";
import { parseDefinition } from "#core/asl/parse.ts";
import type { JsonObject } from "#core/json.ts";
import { unknownNames } from "#testing/check-names.ts";
import { readTestFile } from "#testing/test-file.ts";
import { oneTest, tested } from "./tested.ts";

const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "holdfast:http:request",
      Arguments: { url: "{% $states.input.url %}", method: "GET" },
      Retry: [{ ErrorEquals: ["Busy"], IntervalSeconds: 1, MaxAttempts: 2 }],
      Catch: [
        { ErrorEquals: ["Gone"], Next: "Small" },
        { ErrorEquals: ["States.ALL"], Next: "Big" },
      ],
      Output: "{% $states.result.size %}",
      Next: "How big?",
    },
    "How big?": {
      Type: "Choice",
      Choices: [
        { Condition: "{% $states.input > 100 %}", Next: "Big" },
        { Condition: "{% $states.input > 10 %}", Next: "Middle" },
      ],
      Default: "Small",
    },
    Big: { Type: "Pass", Output: "big", End: true },
    Middle: { Type: "Pass", Output: "middle", End: true },
    Small: { Type: "Pass", Output: "small", End: true },
  },
} as const;

const size = (of: number) => ({ state: "Ask", result: { size: of } });

describe("coverage", () => {
  const missedBy = async (test: object): Promise<readonly string[]> => {
    const { coverage } = await tested(definition, { input: { url: "u" }, ...test });
    return coverage.points
      .filter((point) => !coverage.isReached(point))
      .map(({ clause, state, index }) => `${clause} ${index} ${state}`);
  };
  const all = [
    "Retry 0 Ask",
    "Catch 0 Ask",
    "Catch 1 Ask",
    "Choices 0 How big?",
    "Choices 1 How big?",
    "Default 0 How big?",
    "Entry 0 How big?",
    "Entry 0 Big",
    "Entry 0 Middle",
    "Entry 0 Small",
  ].sort();
  const without = (...reached: string[]) => all.filter((point) => !reached.includes(point));

  test.each([
    ["the first rule", size(101), ["Choices 0 How big?", "Entry 0 How big?", "Entry 0 Big"]],
    ["a later rule", size(11), ["Choices 1 How big?", "Entry 0 How big?", "Entry 0 Middle"]],
    ["Default", size(1), ["Default 0 How big?", "Entry 0 How big?", "Entry 0 Small"]],
    ["a catcher", { state: "Ask", error: "Gone" }, ["Catch 0 Ask", "Entry 0 Small"]],
    ["the last catcher", { state: "Ask", error: "Odd" }, ["Catch 1 Ask", "Entry 0 Big"]],
    [
      "a retrier that gives up",
      { state: "Ask", error: "Busy" },
      ["Retry 0 Ask", "Catch 1 Ask", "Entry 0 Big"],
    ],
  ])("tells %s from the other ways", async (_, mock, reached) => {
    expect([...(await missedBy({ mocks: [mock] }))].sort()).toEqual(without(...reached));
  });

  test("of a run that waits for its first answer is its first state alone", async () => {
    expect([...(await missedBy({ mocks: [{ state: "Ask", never: true }] }))].sort()).toEqual(all);
  });
});

describe("a mock", () => {
  test("answers the attempts of an activity one after the other, and the last one for ever", async () => {
    const attempts = [
      { error: "Busy" },
      { error: "Busy", afterSeconds: 5 },
      { result: { size: 1 } },
    ];
    const { run } = await tested(definition, {
      input: { url: "u" },
      mocks: [{ state: "Ask", attempts }],
    });
    expect(run).toMatchObject({ output: "small", seconds: 1 + 5 + 2 });
  });

  test("comes before those that stand behind it", async () => {
    const { run } = await tested(definition, {
      input: { url: "b" },
      mocks: [{ where: { url: "a" }, result: { size: 1 } }, size(50), size(500)],
    });
    expect(run.output).toBe("middle");
  });

  test("that answers nothing fails its test", async () => {
    const { differences } = await tested(definition, {
      input: { url: "b" },
      mocks: [{ state: "Ask", where: { url: "a" }, result: 1 }, size(1)],
    });
    expect(differences).toEqual([
      { path: "mocks[0]", expected: "a call by Ask with these parameters", got: undefined },
    ]);
  });

  test("is missed by the call that nothing answers", async () => {
    const { run } = await tested(definition, { input: { url: "b" } });
    expect(run.unanswered).toEqual({
      state: "Ask",
      resource: "holdfast:http:request",
      parameters: { url: "b", method: "GET" },
    });
  });
});

describe("names that the process does not have", () => {
  const unknownIn = (test: object): readonly string[] => {
    const parsed = parseDefinition(definition as unknown as JsonObject);
    if (parsed.kind === "invalid") throw new TypeError(JSON.stringify(parsed.diagnostics));
    return unknownNames(parsed.definition, oneTest(test)).map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );
  };

  test.each([
    [{ mocks: [{ state: "Aks", result: 1 }] }, 'mocks.0: the process has no state "Aks"; did you'],
    [{ mocks: [{ state: "Big", result: 1 }] }, 'mocks.0: the state "Big" (Pass) calls nothing'],
    [{ mocks: [{ resource: "x:y:z", result: 1 }] }, 'mocks.0: no state has the resource "x:y:z"'],
    [{ expect: { reaches: ["Ask", "Bigg"] } }, "expect.reaches.1: the process has no state"],
    [{ expect: { path: ["Bigg"] } }, "expect.path.0: the process has no state"],
    [{ expect: { calls: [{ state: "Aks" }] } }, "expect.calls.0: the process has no state"],
  ])("%j is told at its place", (test, told) => {
    const found = unknownIn(test);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`tests.0.${told}`);
  });

  test("are not among those that it has", () => {
    const mocks = [size(1), { resource: "holdfast:http:request", result: 1 }];
    expect(unknownIn({ mocks, expect: { path: ["Ask", "How big?", "Small"] } })).toEqual([]);
  });
});

describe("a test file that cannot be used", () => {
  const faults = (text: string): readonly string[] => {
    const reading = readTestFile(text, "a.test.yaml");
    return reading.kind === "read"
      ? []
      : reading.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
  };

  test.each([
    [
      "tests:\n  - name: a\n    mock: []\n",
      '3:5 tests[0]: there is no field "mock"; did you mean "mocks"?',
    ],
    ["tests:\n  - input: 1\n", "2:5 tests[0].name: is missing"],
    [
      "tests:\n  - name: a\n    mocks:\n      - state: A\n        result: 1\n        error: E\n",
      "4:9 tests[0].mocks[0]: a mock has one answer (result, error or never), or a list of them under attempts or calls",
    ],
  ])("%j names the place", (text, told) => {
    expect(faults(text)).toEqual([told]);
  });
});
