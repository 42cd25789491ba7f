import { describe, expect, test } from "vitest";
import { diagnosticCountMax } from "#core/asl/limits.ts";
import { parseDefinition } from "#core/asl/parse.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import type { Json, JsonObject } from "#core/json.ts";

const one = (state: JsonObject, top: JsonObject = {}): Json => ({
  StartAt: "A",
  ...top,
  States: { A: state, Z: { Type: "Succeed" } },
});

/** A state that leads to Z, so that nothing else is wrong. */
const leading = (state: JsonObject, top: JsonObject = {}) => one({ Next: "Z", ...state }, top);

const findings = (definition: Json) =>
  validateDefinition(definition).map(({ severity, path, message }) => ({
    severity,
    path: `/${path.join("/")}`,
    message,
  }));

const only = (definition: Json) => {
  const all = findings(definition);
  expect(all, JSON.stringify(all)).toHaveLength(1);
  return all[0] ?? { severity: "", path: "", message: "" };
};

const choice = (rule: JsonObject): Json => ({
  StartAt: "A",
  States: { A: { Type: "Choice", Choices: [rule] }, Z: { Type: "Succeed" } },
});

const retried = (retrier: Json) =>
  leading({ Type: "Task", Resource: "holdfast:http:request", Retry: [retrier] });
const task = (fields: JsonObject) =>
  leading({ Type: "Task", Resource: "holdfast:http:request", ...fields });

describe("a wrong definition is refused with its place and what to write instead", () => {
  const cases: readonly (readonly [string, Json, string, RegExp])[] = [
    ["no object", 7, "/", /must be an object, not the number 7/],
    ["no States", { StartAt: "A" }, "/", /needs the field "States"/],
    ["no state", { StartAt: "A", States: {} }, "/States", /at least one state/],
    ["unknown field", leading({ Type: "Pass", Reslt: 1 }), "/States/A/Reslt", /mean "Result"/],
    [
      "unknown field above",
      { Staart: 1, StartAt: "A", States: { A: { Type: "Succeed" } } },
      "/Staart",
      /"StartAt"/,
    ],
    [
      "misspelt type",
      leading({ Type: "Tsak" }),
      "/States/A/Type",
      /no state type "Tsak"; did you mean "Task"/,
    ],
    ["no type", leading({}), "/States/A", /needs the field "Type"; write "Task"/],
    ["missing Next", one({ Type: "Pass" }), "/States/A", /leads nowhere; add "Next"/],
    [
      "Next and End",
      one({ Type: "Pass", Next: "Z", End: true }),
      "/States/A/End",
      /exclude each other/,
    ],
    [
      "misspelt target",
      { StartAt: "Frist", States: { First: { Type: "Succeed" } } },
      "/StartAt",
      /no state "Frist" here; did you mean "First"/,
    ],
    [
      "target of a Catch",
      task({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "Y" }] }),
      "/States/A/Catch/0/Next",
      /no state "Y"/,
    ],
    [
      "never reached",
      { StartAt: "Z", States: { A: { Type: "Pass", Next: "Z" }, Z: { Type: "Succeed" } } },
      "/States/A",
      /"A" is never reached/,
    ],
    [
      "only cycles",
      { StartAt: "A", States: { A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } } },
      "/States",
      /never end/,
    ],
    [
      "JSONPath field in JSONata",
      leading({ Type: "Pass", Parameters: {} }, { QueryLanguage: "JSONata" }),
      "/States/A/Parameters",
      /JSONata; write "Output"/,
    ],
    [
      "JSONata field in JSONPath",
      task({ Arguments: {} }),
      "/States/A/Arguments",
      /write "Parameters"/,
    ],
    [
      "JSONPath state in a JSONata machine",
      leading({ Type: "Pass", QueryLanguage: "JSONPath" }, { QueryLanguage: "JSONata" }),
      "/States/A",
      /can not be 'JSONPath'/,
    ],
    [
      "JSONata syntax",
      leading({ Type: "Pass", QueryLanguage: "JSONata", Output: "{% $sum( %}" }),
      "/States/A/Output",
      /can not be read at character \d+/,
    ],
    [
      "an expression without its marks",
      leading({ Type: "Wait", QueryLanguage: "JSONata", Seconds: "$states.input.s" }),
      "/States/A/Seconds",
      /expected a whole number.*an expression is written "\{% \.\.\. %\}"/,
    ],
    [
      "no number",
      task({ TimeoutSeconds: "5" }),
      "/States/A/TimeoutSeconds",
      /whole number from 1.*found the string "5"/,
    ],
    [
      "time-out and heartbeat",
      task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      "/States/A/HeartbeatSeconds",
      /less than TimeoutSeconds/,
    ],
    [
      "time-out twice",
      task({ TimeoutSeconds: 5, TimeoutSecondsPath: "$.t" }),
      "/States/A/TimeoutSecondsPath",
      /only one of/,
    ],
    [
      "Wait without a time",
      leading({ Type: "Wait" }),
      "/States/A",
      /needs one of "Seconds", "SecondsPath", "Timestamp" or "TimestampPath"/,
    ],
    [
      "Wait with two times",
      leading({ Type: "Wait", Seconds: 1, Timestamp: "2026-01-01T00:00:00Z" }),
      "/States/A/Timestamp",
      /only one of/,
    ],
    [
      "no such day",
      leading({ Type: "Wait", Timestamp: "2026-02-30T00:00:00Z" }),
      "/States/A/Timestamp",
      /RFC 3339/,
    ],
    [
      "path",
      leading({ Type: "Pass", InputPath: "$.a[" }),
      "/States/A/InputPath",
      /can not be read at character 5/,
    ],
    [
      "ResultPath that names many places",
      leading({ Type: "Pass", ResultPath: "$.a[*]" }),
      "/States/A/ResultPath",
      /one place/,
    ],
    [
      "intrinsic function",
      leading({ Type: "Pass", Parameters: { "a.$": "States.Fromat('{}', $)" } }),
      "/States/A/Parameters/a.$",
      /mean "States.Format"/,
    ],
    [
      "arguments of a function",
      leading({ Type: "Pass", Parameters: { "a.$": "States.UUID(1)" } }),
      "/States/A/Parameters/a.$",
      /takes 0 arguments, not 1/,
    ],
    [
      "field given twice",
      leading({ Type: "Pass", Parameters: { a: 1, "a.$": "$" } }),
      "/States/A/Parameters/a.$",
      /remove one/,
    ],
    [
      "variable name",
      leading({ Type: "Pass", Assign: { "a-b": 1 } }),
      "/States/A/Assign/a-b",
      /name of a variable/,
    ],
    [
      "empty Choices",
      one({ Type: "Choice", Choices: [], Default: "Z" }),
      "/States/A/Choices",
      /at least one element/,
    ],
    ["rule without a condition", choice({ Next: "Z" }), "/States/A/Choices/0", /has no condition/],
    [
      "rule without an operator",
      choice({ Variable: "$.a", Next: "Z" }),
      "/States/A/Choices/0",
      /compares "Variable" with nothing/,
    ],
    [
      "rule with two operators",
      choice({ Variable: "$.a", IsNull: true, IsString: true, Next: "Z" }),
      "/States/A/Choices/0/IsString",
      /put them into an "And"/,
    ],
    [
      "misspelt operator",
      choice({ Not: { Variable: "$.a", IsNull: true, NumericEqual: 1 }, Next: "Z" }),
      "/States/A/Choices/0/Not/NumericEqual",
      /mean "NumericEquals"/,
    ],
    [
      "operator of another type",
      choice({ Variable: "$.a", NumericEquals: "1", Next: "Z" }),
      "/States/A/Choices/0/NumericEquals",
      /expected a number/,
    ],
    [
      "Next in a nested rule",
      choice({ Not: { Variable: "$.a", IsNull: true, Next: "Z" }, Next: "Z" }),
      "/States/A/Choices/0/Not/Next",
      /only the outermost/,
    ],
    [
      "ALL with others",
      retried({ ErrorEquals: ["States.ALL", "X"] }),
      "/States/A/Retry/0/ErrorEquals",
      /alone/,
    ],
    [
      "ALL not last",
      task({ Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["X"] }] }),
      "/States/A/Retry/0/ErrorEquals",
      /must be the last/,
    ],
    [
      "attempts",
      retried({ ErrorEquals: ["X"], MaxAttempts: -1 }),
      "/States/A/Retry/0/MaxAttempts",
      /from 0 to/,
    ],
    [
      "backoff",
      retried({ ErrorEquals: ["X"], BackoffRate: 0.5 }),
      "/States/A/Retry/0/BackoffRate",
      /at least 1/,
    ],
    [
      "jitter",
      retried({ ErrorEquals: ["X"], JitterStrategy: "FUL" }),
      "/States/A/Retry/0/JitterStrategy",
      /mean "FULL"/,
    ],
    [
      "error and its path",
      one({ Type: "Fail", Error: "E", ErrorPath: "$.e" }),
      "/States/A/ErrorPath",
      /only one/,
    ],
    [
      "Map without processor",
      leading({ Type: "Map" }),
      "/States/A",
      /needs one of "ItemProcessor" or "Iterator"/,
    ],
    [
      "orchestration",
      task({ Orchestration: { OnInterupted: "ask" } }),
      "/States/A/Orchestration/OnInterupted",
      /mean "OnInterrupted"/,
    ],
    [
      "resource of no form",
      task({ Resource: "http:request" }),
      "/States/A/Resource",
      /write "holdfast:<adapter>:<activity>"/,
    ],
    [
      "call of a service",
      task({ Resource: "arn:aws:states:::dynamodb:query" }),
      "/States/A/Resource",
      /not recognized; write "getItem"/,
    ],
    [
      "activity that nobody can ask for",
      task({ Resource: `holdfast:activity:${"a".repeat(81)}` }),
      "/States/A/Resource",
      /80 characters at most, and this one has 81/,
    ],
    [
      "activity of an ARN that nobody can ask for",
      task({ Resource: `arn:aws:states:us-east-1:123456789012:activity:${"a".repeat(81)}` }),
      "/States/A/Resource",
      /80 characters at most, and this one has 81/,
    ],
  ];

  test.each(cases)("%s", (...[, definition, path, message]) => {
    const finding = findings(definition).find((candidate) => candidate.path === path);
    expect(finding, JSON.stringify(findings(definition))).toBeDefined();
    expect(finding?.severity).toBe("ERROR");
    expect(finding?.message).toMatch(message);
    expect(parseDefinition(definition).kind).toBe("invalid");
  });
});

describe("nested machines", () => {
  const branch = (name: string, state: JsonObject) => ({
    StartAt: name,
    States: { [name]: state },
  });
  const parallel = (...branches: readonly Json[]) =>
    leading({ Type: "Parallel", Branches: branches });

  test("are checked like the outer one, with the path from the root", () => {
    const finding = only(parallel(branch("B", { Type: "Pass", Ende: true, End: true })));
    expect(finding.path).toBe("/States/A/Branches/0/States/B/Ende");
  });

  test("share their names with all others", () => {
    const inner = branch("B", { Type: "Succeed" });
    const finding = only(parallel(inner, inner));
    expect(finding.path).toBe("/States/A/Branches/1/States/B");
    expect(finding.message).toMatch(/another state "B" at \/States\/A\/Branches\/0\/States\/B/);
  });

  test("can not lead out", () => {
    const finding = only(parallel(branch("B", { Type: "Pass", Next: "Z" })));
    expect(finding.path).toBe("/States/A/Branches/0/States/B/Next");
  });

  test("have the query language of the definition, not that of the state around them", () => {
    const inner = branch("B", { Type: "Pass", Parameters: { "a.$": "$.b" }, End: true });
    expect(
      findings(leading({ Type: "Parallel", QueryLanguage: "JSONata", Branches: [inner] })),
    ).toEqual([]);
  });

  test("of a distributed Map with Express executions know no callbacks", () => {
    const work = {
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      End: true,
    };
    const processor = {
      ...branch("B", work),
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
    };
    expect(only(leading({ Type: "Map", ItemProcessor: processor })).message).toMatch(/Express/);
  });
});

describe("a resource that is carried out elsewhere", () => {
  const knowing = (Resource: string, workflowType: "STANDARD" | "EXPRESS" = "STANDARD") =>
    validateDefinition(leading({ Type: "Task", Resource }), {
      workflowType,
      knowsResource: (resource) => resource === "holdfast:http:request",
    }).map(({ message }) => message);

  test.each([
    "holdfast:http:request.waitForTaskToken",
    "holdfast:activity:print-label",
    "arn:aws:states:eu-west-1:123456789012:activity:print-label",
    "arn:aws:states:::states:startExecution",
    "arn:aws:states:::states:startExecution.sync:2",
    "arn:aws:states:::states:startExecution.waitForTaskToken",
    "arn:aws:states:::aws-sdk:sfn:startExecution",
    "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
  ])("needs no adapter of its own: %s", (resource) => {
    expect(knowing(resource)).toEqual([]);
  });

  test.each([
    ["holdfast:mail:send.waitForTaskToken", /no adapter of this environment offers/],
    ["holdfast:map-run:run", /no adapter of this environment offers/],
    ["holdfast:http:request.sync", /is not a resource/],
    ["arn:aws:states:::sqs:sendMessage.waitForTaskToken", /this environment can not run/],
  ])("is named if it is none: %s", (resource, message) => {
    expect(knowing(resource)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    "holdfast:http:request.waitForTaskToken",
    "holdfast:activity:print-label",
    "arn:aws:states:eu-west-1:123456789012:activity:print-label",
    "arn:aws:states:::states:startExecution.sync:2",
  ])("is nothing for an Express workflow: %s", (resource) => {
    expect(knowing(resource, "EXPRESS")).toEqual([
      expect.stringMatching(/^an Express workflow does not support/),
    ]);
  });

  test("is nothing for an Express workflow: a distributed Map state", () => {
    const ItemProcessor = {
      StartAt: "B",
      States: { B: { Type: "Pass", End: true } },
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
    };
    const found = validateDefinition(leading({ Type: "Map", ItemProcessor }), {
      workflowType: "EXPRESS",
    });
    expect(found.map(({ path, message }) => [path.join("/"), message])).toEqual([
      [
        "States/A/ItemProcessor/ProcessorConfig/Mode",
        "an Express workflow does not support Map states in distributed mode",
      ],
    ]);
  });
});

describe("a warning does not refuse", () => {
  const cases: readonly (readonly [string, Json, RegExp])[] = [
    [
      "an unknown reserved error",
      retried({ ErrorEquals: ["States.Timeot"] }),
      /mean "States.Timeout"/,
    ],
    [
      "text that is nearly an expression",
      leading({ Type: "Pass", QueryLanguage: "JSONata", Output: " {% 1 %}" }),
      /taken literally/,
    ],
    [
      "a JSONata expression in JSONPath",
      leading({ Type: "Pass", Parameters: { a: "{% $states.input %}" } }),
      /the query language here is JSONPath/,
    ],
    [
      "a path whose field does not end in .$",
      leading({ Type: "Pass", Parameters: { a: "$.b" } }),
      /write "a.\$"/,
    ],
    [
      "a path in JSONata",
      leading({ Type: "Pass", QueryLanguage: "JSONata", Output: { a: "$.b" } }),
      /written "\{% \$states.input.a %\}"/,
    ],
    [
      "a delay that never grows",
      retried({ ErrorEquals: ["X"], IntervalSeconds: 9, MaxDelaySeconds: 5 }),
      /never grows/,
    ],
    [
      "a loop beside the way to the end",
      {
        StartAt: "A",
        States: {
          A: {
            Type: "Choice",
            Choices: [{ Variable: "$.a", IsNull: true, Next: "B" }],
            Default: "Z",
          },
          B: { Type: "Pass", Next: "B" },
          Z: { Type: "Succeed" },
        },
      },
      /never ends/,
    ],
  ];

  test.each(cases)("%s", (_, definition, message) => {
    const finding = only(definition);
    expect(finding.severity).toBe("WARNING");
    expect(finding.message).toMatch(message);
    const parsed = parseDefinition(definition);
    expect(parsed.kind).toBe("valid");
    expect(parsed.kind === "valid" && parsed.warnings).toHaveLength(1);
  });
});

describe("resources", () => {
  const knownResources = ["holdfast:http:request", "holdfast:core:raiseAlert"];
  const options = {
    knowsResource: (resource: string) => knownResources.includes(resource),
    knownResources: () => knownResources,
  };
  const check = (resource: string) => validateDefinition(task({ Resource: resource }), options);

  test("that an adapter offers are fine", () => {
    expect(check("holdfast:http:request")).toEqual([]);
  });

  test("of ours that nobody offers are errors and name near ones", () => {
    expect(check("holdfast:htpp:request")).toMatchObject([
      { severity: "ERROR", code: "UNKNOWN_RESOURCE", path: ["States", "A", "Resource"] },
    ]);
    expect(check("holdfast:htpp:request")[0]?.message).toMatch(/mean "holdfast:http:request"/);
  });

  test("of AWS that can not run here give a warning", () => {
    expect(check("arn:aws:states:::lambda:invoke")).toMatchObject([
      { severity: "WARNING", code: "RESOURCE_NOT_AVAILABLE" },
    ]);
  });
});

describe("what follows from a finding is not reported beside it", () => {
  test("a misspelt target does not make the state behind it unreachable", () => {
    const finding = only({
      StartAt: "A",
      States: { A: { Type: "Pass", Next: "Finsih" }, Finish: { Type: "Succeed" } },
    });
    expect(finding.message).toMatch(/did you mean "Finish"/);
  });
});

describe("size", () => {
  test("a state may be called as every object's property is", () => {
    const states = {
      constructor: { Type: "Pass", Next: "toString" },
      toString: { Type: "Succeed" },
    };
    expect(findings({ StartAt: "constructor", States: states })).toEqual([]);
    expect(only({ StartAt: "valueOf", States: { A: { Type: "Succeed" } } }).path).toBe("/StartAt");
  });

  test("findings are limited", () => {
    const names = Array.from({ length: 5000 }, (_, index) => `state${index}`);
    const states = Object.fromEntries(
      names.map((name) => [name, { Type: "Pass", Next: "nowhere" }]),
    );
    const startedAt = performance.now();
    expect(validateDefinition({ StartAt: "state0", States: states })).toHaveLength(
      diagnosticCountMax,
    );
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test.each([
    ["a path", { InputPath: `$[?(${"(".repeat(100_000)}` }],
    ["a path of the longest kind", { InputPath: `$[?(${"(".repeat(1990)}` }],
    ["a call", { Parameters: { "a.$": "States.Array(".repeat(10_000) } }],
    ["an expression", { QueryLanguage: "JSONata", Output: `{% ${"(".repeat(100_000)} %}` }],
  ])("%s nested a hundred thousand deep is refused", (_, fields) => {
    expect(only(leading({ Type: "Pass", ...fields })).severity).toBe("ERROR");
  });

  test("a value nested a hundred thousand deep is refused, not walked into", () => {
    let value: Json = 1;
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    expect(only(leading({ Type: "Pass", Result: value })).message).toMatch(/nested more than/);
  });
});
