/** Variables and their scopes, and the Output and Assign of rules and catchers. */
import { describe, expect, test } from "vitest";
import { validateDefinition } from "#core/asl/validate.ts";
import type { Json } from "#core/json.ts";
import { begin, failed } from "../execution/scenario.ts";
import {
  branches,
  type Fields,
  jsonata,
  machine,
  mapOver,
  only,
  outcome,
  task,
} from "./machines.ts";

const pass = (fields: Fields): Fields => ({ Type: "Pass", ...fields });

describe("a variable", () => {
  test("keeps its value over states that do not mention it, and their data", async () => {
    const ends = await outcome(
      machine({
        A: pass({ Assign: { "x.$": "$.a" }, Result: "else", Next: "B" }),
        B: pass({ Result: {}, Next: "C" }),
        C: pass({ Parameters: { "got.$": "$x" }, End: true }),
      }),
      { a: [1, { b: 2 }] },
    );
    // Assign of a state with a result sees the result: there is no $.a in "else".
    expect(ends.status).toBe("FAILED");
    const second = await outcome(
      machine({
        A: pass({ Assign: { "x.$": "$.a" }, Next: "B" }),
        B: pass({ Result: {}, Next: "C" }),
        C: pass({ Parameters: { "got.$": "$x[1].b" }, End: true }),
      }),
      { a: [1, { b: 2 }] },
    );
    expect(second).toMatchObject({ status: "SUCCEEDED", output: { got: 2 } });
  });

  test("is assigned from what was on entry: two can be swapped", async () => {
    const ends = await outcome(
      machine(
        {
          A: pass({ Assign: { x: 1, y: 2 }, Next: "B" }),
          B: pass({
            Assign: { x: "{% $y %}", y: "{% $x %}" },
            Output: "{% [$x, $y] %}",
            Next: "C",
          }),
          C: pass({ Output: "{% [$states.input, $x, $y] %}", End: true }),
        },
        jsonata,
      ),
    );
    expect(ends).toMatchObject({ output: [[1, 2], 2, 1].flat() });
  });

  test("is read by expressions of either language", async () => {
    const ends = await outcome(
      machine({
        A: pass({ Assign: { x: { deep: [5] } }, Next: "B" }),
        B: pass({ QueryLanguage: "JSONata", Assign: { y: "{% $x.deep[0] + 1 %}" }, Next: "C" }),
        C: pass({ Parameters: { "sum.$": "States.MathAdd($x.deep[0], $y)" }, End: true }),
      }),
    );
    expect(ends).toMatchObject({ output: { sum: 11 } });
  });

  test("that is not assigned is no value", async () => {
    const read = (fields: Fields, top: Fields = {}) => outcome(only(pass(fields), top));
    expect(await read({ Output: "{% $x %}" }, jsonata)).toMatchObject({
      error: "States.QueryEvaluationError",
    });
    expect(await read({ Parameters: { "a.$": "$x" } })).toMatchObject({ error: "States.Runtime" });
  });
});

describe("an inner scope", () => {
  const around = (inner: Fields, after: Fields = {}) =>
    machine(
      {
        A: pass({ Assign: { x: "outer" }, Next: "P" }),
        P: { ...inner, End: undefined, Next: "Z" },
        Z: pass({ Output: { x: "{% $x %}", inner: "{% $states.input %}" }, End: true, ...after }),
      },
      jsonata,
    );

  test.each([
    ["a branch", branches([pass({ Output: "{% $x %}" })])],
    ["an item", mapOver(pass({ Output: "{% $x %}" }), { Items: [1] })],
  ])("of %s reads the variables around it", async (_, state) => {
    expect(await outcome(around(state))).toMatchObject({ output: { inner: ["outer"] } });
  });

  test.each([
    ["a branch", branches([pass({ Assign: { x: "inner", y: 1 } })])],
    ["an item", mapOver(pass({ Assign: { x: "inner", y: 1 } }), { Items: [1] })],
  ])("of %s leaves them as they were", async (_, state) => {
    expect(await outcome(around(state))).toMatchObject({ output: { x: "outer" } });
    expect(await outcome(around(state, { Output: "{% $y %}" }))).toMatchObject({
      error: "States.QueryEvaluationError",
    });
  });

  test("is its own in every branch", async () => {
    const inner = (value: number) =>
      machine({
        [`S${value}`]: pass({ Assign: { own: value }, Next: `E${value}` }),
        [`E${value}`]: pass({ Output: "{% $own %}", End: true }),
      });
    const state = { Type: "Parallel", Branches: [inner(1), inner(2)] };
    expect(await outcome(around(state))).toMatchObject({ output: { inner: [1, 2] } });
  });

  test("nests: the innermost sees all", async () => {
    const innermost = pass({ Output: "{% [$x, $states.input] %}" });
    const state = branches([mapOver(innermost, { Items: [1, 2] })]);
    expect(await outcome(around(state))).toMatchObject({
      output: {
        inner: [
          [
            ["outer", 1],
            ["outer", 2],
          ],
        ],
      },
    });
  });
});

describe("names of variables", () => {
  const errors = (Assign: Json) =>
    validateDefinition(only(pass({ Assign }), jsonata) as unknown as Json)
      .filter(({ severity }) => severity === "ERROR")
      .map(({ path }) => path.join("/"))
      .filter((path) => !path.startsWith("States/Caught"));

  test.each(["states", "1x", "a-b", "", "a.b", "x".repeat(81)])("%j is refused", (name) => {
    expect(errors({ [name]: 1 })).toContain(`States/A/Assign/${name}`);
  });

  test.each(["x", "x1", "größe", "_x", "x".repeat(80)])("%j is one", (name) => {
    expect(errors({ [name]: 1 }).filter((path) => path.includes("Assign"))).toEqual([]);
  });
});

describe("a rule of a Choice state", () => {
  const choice = (fields: Fields) =>
    machine(
      {
        A: {
          Type: "Choice",
          Choices: [
            {
              Condition: "{% $states.input.n > 1 %}",
              Next: "Z",
              Output: { by: "rule", n: "{% $states.input.n %}" },
              Assign: { x: "{% 'rule ' & $states.input.n %}" },
            },
            { Condition: "{% $states.input.n = 1 %}", Next: "Z" },
          ],
          Default: "Z",
          Output: { by: "state" },
          Assign: { x: "state" },
          ...fields,
        },
        Z: { Type: "Succeed", Output: { x: "{% $x %}", in: "{% $states.input %}" } },
      },
      jsonata,
    );

  test("has an Output and an Assign of its own", async () => {
    expect(await outcome(choice({}), { n: 3 })).toMatchObject({
      output: { x: "rule 3", in: { by: "rule", n: 3 } },
    });
  });

  test("leaves those of the state to the default", async () => {
    expect(await outcome(choice({}), { n: 0 })).toMatchObject({
      output: { x: "state", in: { by: "state" } },
    });
  });

  test("without them passes the input on and assigns nothing", async () => {
    expect(await outcome(choice({}), { n: 1 })).toMatchObject({
      error: "States.QueryEvaluationError",
    });
  });

  test("is not evaluated after one that matched", async () => {
    const rule = { Condition: "{% $error('late') %}", Next: "Z" };
    const first = { Condition: "{% true %}", Next: "Z", Assign: { x: 1 } };
    expect(await outcome(choice({ Choices: [first, rule] }))).toMatchObject({
      status: "SUCCEEDED",
    });
    expect(await outcome(choice({ Choices: [rule, first] }))).toMatchObject({
      error: "States.QueryEvaluationError",
    });
  });

  test("has a condition that is true or false, nothing else", async () => {
    for (const Condition of ["{% 1 %}", "{% 'true' %}", "{% null %}", "{% $none %}"])
      expect(await outcome(choice({ Choices: [{ Condition, Next: "Z" }] }))).toMatchObject({
        error: "States.QueryEvaluationError",
      });
  });

  test("assigns in JSONPath as well", async () => {
    const ends = await outcome(
      machine({
        A: {
          Type: "Choice",
          Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "Z", Assign: { "x.$": "$.n" } }],
          Default: "Z",
          Assign: { x: "default" },
        },
        Z: pass({ Parameters: { "x.$": "$x" }, End: true }),
      }),
      { n: 1 },
    );
    expect(ends).toMatchObject({ output: { x: 1 } });
  });
});

describe("a catcher", () => {
  const caught = async (Catch: Fields, top: Fields, after: Fields) => {
    const { scenario } = await begin(
      machine(
        {
          A: task({
            End: undefined,
            Next: "Z",
            Catch: [{ ErrorEquals: ["States.ALL"], Next: "Z", ...Catch }],
            Assign: { x: "not this" },
          }),
          Z: pass({ End: true, ...after }),
        },
        top,
      ),
      { in: 1 },
    );
    await scenario.take(failed("0.1", 1));
    return scenario.state.output;
  };

  test("sees the error, the input and assigns, in JSONata", async () => {
    const output = await caught(
      {
        Output: { why: "{% $states.errorOutput.Cause %}", in: "{% $states.input.in %}" },
        Assign: { x: "{% $states.errorOutput.Error %}" },
      },
      jsonata,
      { Output: "{% [$x, $states.input] %}" },
    );
    expect(output).toEqual(["Boom", { why: "it broke", in: 1 }]);
  });

  test("puts the error into the input and assigns from it, in JSONPath", async () => {
    const output = await caught(
      { ResultPath: "$.error", Assign: { "x.$": "$.Error" } },
      {},
      {
        Parameters: { "x.$": "$x", "in.$": "$" },
      },
    );
    expect(output).toEqual({
      x: "Boom",
      in: { in: 1, error: { Error: "Boom", Cause: "it broke" } },
    });
  });
});
