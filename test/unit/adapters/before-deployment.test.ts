/** What a definition says of activities that these adapters would refuse when they run. */
import { describe, expect, test } from "vitest";
import type { ActivityDefinition } from "#adapters/adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import type { JsonObject } from "#core/json.ts";

const activity: ActivityDefinition = {
  title: "T",
  description: "D",
  input: {
    type: "object",
    properties: {
      url: { type: "string" },
      method: { enum: ["GET", "POST"] },
      retries: {
        type: "array",
        items: { type: "object", properties: { after: { type: "integer" } } },
      },
      body: { anyOf: [{ type: "string" }, { type: "array", items: { type: "number" } }] },
      range: { type: "object", properties: { from: {}, to: {} }, minProperties: 2 },
    },
    required: ["url"],
    additionalProperties: false,
  },
  output: {},
  flags: { readOnly: false, restartable: false, verifiable: false },
  errors: {},
  run: (parameters) => parameters,
};

const runner = adapterRegistry(
  [
    {
      name: "test",
      description: "for tests",
      activities: {
        call: activity,
        look: { ...activity, input: {}, verify: () => ({ happened: false }) },
      },
    },
  ],
  { nowMs: () => 0 },
);

const findings = (state: JsonObject, options: { readonly pools?: readonly string[] } = {}) =>
  validateDefinition(
    {
      StartAt: "A",
      States: { A: { Type: "Task", Resource: "holdfast:test:call", End: true, ...state } },
    },
    { ...runner, ...options },
  ).map(({ severity, code, path, message }) => ({ severity, code, at: path.slice(1), message }));

const ofArguments = (given: JsonObject | string) =>
  findings({ QueryLanguage: "JSONata", Arguments: given });

const ofParameters = (given: JsonObject) => findings({ Parameters: given });

describe("parameters that are written literally", () => {
  test.each<[string, JsonObject, { at: (string | number)[]; problem: string }]>([
    ["a missing field", {}, { at: [], problem: '"url" is missing' }],
    [
      "a value",
      { url: "u", method: "PUT" },
      { at: ["method"], problem: '"method" must be one of GET, POST' },
    ],
    [
      "an unknown field",
      { url: "u", ulr: "{% 1 %}" },
      { at: ["ulr"], problem: '"ulr" is not known here' },
    ],
    [
      "a value further in",
      { url: "{% $states.input.x %}", retries: [{ after: "{% 1 %}" }, { after: "soon" }] },
      { at: ["retries", 1, "after"], problem: '"retries.1.after" must be integer' },
    ],
    [
      "a choice",
      { url: "u", body: 7 },
      { at: ["body"], problem: '"body" must match a schema in anyOf' },
    ],
  ])("are warned of where the activity does not take them: %s", (_name, given, { at, problem }) => {
    expect(ofArguments(given)).toEqual([
      {
        severity: "WARNING",
        code: "PARAMETERS_INVALID",
        at: ["A", "Arguments", ...at],
        message: `${problem}; as it stands "holdfast:test:call" fails with Holdfast.ParametersInvalid`,
      },
    ]);
  });

  test.each<[string, JsonObject | string]>([
    ["all of it", "{% $states.input %}"],
    ["a field", { url: "{% $states.input.u %}", method: "{% $states.input.m %}" }],
    ["a part of what an enclosing rule is about", { url: "u", body: ["{% 1 %}"] }],
    ["one of two properties", { url: "u", range: { from: "{% 1 %}", to: 2 } }],
  ])("say nothing where an expression stands: %s", (_name, given) => {
    expect(ofArguments(given)).toEqual([]);
  });

  test("are known by their names without the mark of a path in JSONPath", () => {
    expect(ofParameters({ "url.$": "$.u", "method.$": "$.m" })).toEqual([]);
    expect(ofParameters({ "url.$": "$.u", "ulr.$": "$.u", method: "PUT" })).toMatchObject([
      { at: ["A", "Parameters"], message: expect.stringContaining('"ulr" is not known here') },
      { at: ["A", "Parameters", "method"] },
    ]);
  });

  test("of a probe are looked at, too", () => {
    const Verify = { Resource: "holdfast:test:call", Parameters: { url: 7 } };
    expect(findings({ Parameters: { url: "u" }, Orchestration: { Verify } })).toMatchObject([
      { at: ["A", "Orchestration", "Verify", "Parameters", "url"], severity: "WARNING" },
    ]);
  });

  test("are not looked at where the input is the parameters, or no adapter is known", () => {
    expect(findings({})).toEqual([]);
    expect(findings({ Resource: "holdfast:activity:pack", Parameters: { x: 1 } })).toEqual([]);
  });
});

describe("an activity that is to be verified", () => {
  const Parameters = { url: "u" };
  const verify = (state: JsonObject) => findings({ Parameters, ...state }).map(({ code }) => code);

  test("and brings no probe asks an operator, which is warned of", () => {
    expect(findings({ Parameters, Orchestration: { OnInterrupted: "verify" } })).toEqual([
      {
        severity: "WARNING",
        code: "NO_PROBE",
        at: ["A", "Orchestration", "OnInterrupted"],
        message:
          'nothing can verify "holdfast:test:call": it has no probe of its own, so an operator is asked; add "Verify", or write "ask"',
      },
    ]);
  });

  test("is fine with a probe, of the state or of the adapter, and with other words", () => {
    const Verify = { Resource: "holdfast:test:look" };
    expect(verify({ Orchestration: { OnInterrupted: "verify", Verify } })).toEqual([]);
    expect(verify({ Orchestration: { OnInterrupted: "ask" } })).toEqual([]);
    expect(
      verify({ Resource: "holdfast:test:look", Orchestration: { OnInterrupted: "verify" } }),
    ).toEqual([]);
  });
});

describe("a pool", () => {
  test("that is not there is refused: the activity would run where it must not", () => {
    const Orchestration = { Pool: "dmz" };
    const Parameters = { url: "u" };
    expect(findings({ Parameters, Orchestration }, { pools: ["default"] })).toMatchObject([
      { severity: "ERROR", code: "UNKNOWN_POOL", at: ["A", "Orchestration", "Pool"] },
    ]);
    expect(findings({ Parameters, Orchestration }, { pools: ["default", "dmz"] })).toEqual([]);
    expect(findings({ Parameters, Orchestration })).toEqual([]);
  });
});
