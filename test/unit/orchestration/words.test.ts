/** What is said of words of `Orchestration`, and of waits for signals, that mean nothing (ADR 7). */
import { describe, expect, test } from "vitest";
import { validateDefinition } from "#core/asl/validate.ts";
import type { Json } from "#core/json.ts";
import { branches, type Fields, jsonata, machine } from "../language/machines.ts";

const said = (state: Fields, top: Fields = {}) => {
  // What is undefined here is not there.
  const definition = JSON.parse(JSON.stringify(machine({ A: state }, top))) as Json;
  return validateDefinition(definition).map(({ severity, path, message }) => ({
    severity,
    place: `/${path.join("/")}`,
    message,
  }));
};

const fail: Fields = { Type: "Fail", Error: "E" };

const joined = (Join: unknown): Fields =>
  branches([{ Type: "Pass" }, { Type: "Wait", Seconds: 1 }], { Orchestration: { Join } });

const loop = (While: unknown, more: Fields = {}): Fields => ({
  Type: "Map",
  End: true,
  Orchestration: { While },
  ItemProcessor: machine({ One: { Type: "Pass", End: true } }),
  ...more,
});

const whileIt = { Variable: "$.n", NumericLessThan: 3 };

const apart: Fields = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } };

const breaking: Fields = { Type: "Succeed", Orchestration: { Break: true } };

const each = (inner: Fields, processor: Fields = {}): Fields => ({
  Type: "Map",
  End: true,
  ItemProcessor: machine({ One: inner }, processor),
});

const signals = (given: object, more: Fields = {}): Fields => ({
  Type: "Task",
  Resource: "holdfast:signals:wait",
  End: true,
  Parameters: given,
  ...more,
});

const asked = (Orchestration: unknown, more: Fields = {}): Fields => ({
  Type: "Task",
  Resource: "holdfast:http:request",
  End: true,
  Orchestration,
  ...more,
});

const verify = { Resource: "holdfast:http:request" };

interface Accepted {
  readonly what: string;
  readonly state: Fields;
  readonly top?: Fields;
}

const accepted: readonly Accepted[] = [
  { what: "Completed", state: { ...fail, Orchestration: { Completed: true } } },
  { what: "Join of all", state: joined("all") },
  { what: "Join of any", state: joined("any") },
  { what: "Join of as many as there are", state: joined(2) },
  { what: "While with a comparison", state: loop(whileIt) },
  { what: "While with And", state: loop({ And: [whileIt, { Variable: "$.ok", IsNull: true }] }) },
  {
    what: "While with a Condition",
    state: loop({ Condition: "{% $states.input.n < 3 %}" }, { Assign: { last: "{% 1 %}" } }),
    top: jsonata,
  },
  { what: "While with ItemSelector", state: loop(whileIt, { ItemSelector: { n: 1 } }) },
  { what: "Break in a Map", state: each(breaking) },
  {
    what: "Break in a loop",
    state: loop(whileIt, { ItemProcessor: machine({ One: breaking }) }),
  },
  { what: "a wait for all", state: signals({ Names: ["a", "b"] }) },
  { what: "a wait for two", state: signals({ Names: ["a", "b"], Join: 2 }) },
  {
    what: "a wait for none",
    state: signals({ Names: ["a"], Join: "none" }, { TimeoutSeconds: 5 }),
  },
  {
    what: "a wait for names in data",
    state: signals({ "Names.$": "$.hosts", "Join.$": "$.count" }),
  },
  {
    what: "a wait in JSONata",
    state: signals({}, { Parameters: undefined, Arguments: { Names: "{% $states.input %}" } }),
    top: jsonata,
  },
  {
    what: "a wait all of whose arguments are an expression",
    state: signals({}, { Parameters: undefined, Arguments: "{% $states.input %}" }),
    top: jsonata,
  },
  ...(["restart", "fail", "ask", "verify"] as const).map((word) => ({
    what: `OnInterrupted: ${word}`,
    state: asked({ OnInterrupted: word }),
  })),
  { what: "a probe", state: asked({ Verify: { ...verify, Parameters: { "id.$": "$.id" } } }) },
  {
    what: "a probe and its verdict, with a time to ask",
    state: asked({
      OnInterrupted: "verify",
      Verify: { ...verify, ResultSelector: { "happened.$": "$.status" } },
      AskTimeoutSeconds: 60,
    }),
  },
  {
    what: "a probe in JSONata",
    state: asked({
      Verify: {
        ...verify,
        Arguments: { id: "{% $states.input.id %}" },
        Output: "{% $states.result %}",
      },
    }),
    top: jsonata,
  },
  { what: "a time to ask", state: asked({ AskTimeoutSeconds: 60 }) },
  {
    what: "a question about a call that gives a token",
    state: asked({ OnInterrupted: "ask" }, { Resource: "holdfast:http:request.waitForTaskToken" }),
  },
  { what: "Break that does not", state: { Type: "Succeed", Orchestration: { Break: false } } },
];

interface Refused extends Accepted {
  readonly place: string;
  readonly message: RegExp;
}

const refused: readonly Refused[] = [
  {
    what: "OnInterrupted on a Pass state",
    state: { Type: "Pass", End: true, Orchestration: { OnInterrupted: "ask" } },
    place: "/States/A/Orchestration/OnInterrupted",
    message: /belongs to a Task state/,
  },
  {
    what: "another word for OnInterrupted",
    state: asked({ OnInterrupted: "retry" }),
    place: "/States/A/Orchestration/OnInterrupted",
    message: /write "restart"/,
  },
  ...[
    ["a worker", "holdfast:activity:print"],
    ["signals", "holdfast:signals:wait"],
    ["a nested execution", "arn:aws:states:::states:startExecution.sync:2"],
  ].map(([who, Resource]) => ({
    what: `a word about the activity of ${who}`,
    state: asked({ OnInterrupted: "ask" }, { Resource, Parameters: { Names: ["a"] } }),
    place: "/States/A/Orchestration/OnInterrupted",
    message: /never interrupted/,
  })),
  {
    what: "a probe that is not asked",
    state: asked({ OnInterrupted: "ask", Verify: verify }),
    place: "/States/A/Orchestration/Verify",
    message: /only with "OnInterrupted": "verify"/,
  },
  {
    what: "a probe without a resource",
    state: asked({ Verify: { Parameters: {} } }),
    place: "/States/A/Orchestration/Verify",
    message: /needs the field "Resource"/,
  },
  ...[
    "holdfast:activity:look",
    "holdfast:signals:wait",
    "holdfast:http:request.waitForTaskToken",
    "arn:aws:states:::states:startExecution",
  ].map((Resource) => ({
    what: `a probe by ${Resource}`,
    state: asked({ Verify: { Resource } }),
    place: "/States/A/Orchestration/Verify/Resource",
    message: /can not be a probe/,
  })),
  {
    what: "a probe with the fields of the other language",
    state: asked({ Verify: { ...verify, Arguments: {} } }),
    place: "/States/A/Orchestration/Verify/Arguments",
    message: /write "Parameters" instead/,
  },
  {
    what: "a probe whose expression does not parse",
    state: asked({ Verify: { ...verify, Output: "{% ( %}" } }),
    top: jsonata,
    place: "/States/A/Orchestration/Verify/Output",
    message: /can not be read/,
  },
  {
    what: "a time to ask that is none",
    state: asked({ AskTimeoutSeconds: 0 }),
    place: "/States/A/Orchestration/AskTimeoutSeconds",
    message: /whole number from 1/,
  },
  ...(["restart", "fail"] as const).map((word) => ({
    what: `a time to ask with ${word}`,
    state: asked({ OnInterrupted: word, AskTimeoutSeconds: 60 }),
    place: "/States/A/Orchestration/AskTimeoutSeconds",
    message: /nobody is asked/,
  })),
  {
    what: "Completed on a Succeed state",
    state: { Type: "Succeed", Orchestration: { Completed: true } },
    place: "/States/A/Orchestration/Completed",
    message: /belongs to a Fail state/,
  },
  {
    what: "Completed that is no truth value",
    state: { ...fail, Orchestration: { Completed: "yes" } },
    place: "/States/A/Orchestration/Completed",
    message: /expected true or false/,
  },
  {
    what: "Join on a Pass state",
    state: { Type: "Pass", End: true, Orchestration: { Join: "any" } },
    place: "/States/A/Orchestration/Join",
    message: /belongs to a Parallel state/,
  },
  {
    what: "Join of more branches than there are",
    state: joined(3),
    place: "/States/A/Orchestration/Join",
    message: /3 branches can not succeed, there are only 2/,
  },
  {
    what: "Join of none",
    state: joined(0),
    place: "/States/A/Orchestration/Join",
    message: /whole number of at least 1, found the number 0/,
  },
  {
    what: "Join of another word",
    state: joined("every"),
    place: "/States/A/Orchestration/Join",
    message: /"every" is not allowed here; write "all" or "any"/,
  },
  {
    what: "Join of no word and no number",
    state: joined(true),
    place: "/States/A/Orchestration/Join",
    message: /whole number of at least 1, found/,
  },
  {
    what: "While on a Parallel state",
    state: branches([{ Type: "Pass" }], { Orchestration: { While: whileIt } }),
    place: "/States/A/Orchestration/While",
    message: /belongs to a Map state/,
  },
  {
    what: "While that compares nothing",
    state: loop({ Variable: "$.n" }),
    place: "/States/A/Orchestration/While",
    message: /compares "Variable" with nothing/,
  },
  {
    what: "While that leads somewhere",
    state: loop({ ...whileIt, Next: "A" }),
    place: "/States/A/Orchestration/While/Next",
    message: /the Map state itself has the "Next"/,
  },
  {
    what: "While without a Condition",
    state: loop({ Comment: "?" }),
    top: jsonata,
    place: "/States/A/Orchestration/While",
    message: /a loop condition needs the field "Condition"/,
  },
  {
    what: "While in the other language",
    state: loop({ Condition: "{% true %}", Variable: "$.n" }),
    top: jsonata,
    place: "/States/A/Orchestration/While/Variable",
    message: /write "Condition" instead/,
  },
  {
    what: "While whose Condition does not parse",
    state: loop({ Condition: "{% 1 + %}" }),
    top: jsonata,
    place: "/States/A/Orchestration/While/Condition",
    message: /can not be read at character/,
  },
  ...[
    { ItemsPath: "$.list" },
    { MaxConcurrency: 2 },
    { ToleratedFailureCount: 1 },
    { ItemReader: { Resource: "arn:aws:states:::s3:getObject", Parameters: {} } },
    { ItemBatcher: { MaxItemsPerBatch: 2 } },
  ].map((more) => ({
    what: `While beside ${Object.keys(more)}`,
    state: loop(whileIt, more),
    place: `/States/A/${Object.keys(more)}`,
    message: /a Map state with "While" has no items/,
  })),
  {
    what: "While beside a distributed processor",
    state: loop(whileIt, { ItemProcessor: machine({ One: { Type: "Succeed" } }, apart) }),
    place: "/States/A/Orchestration/While",
    message: /come one after the other/,
  },
  {
    what: "Break on a Pass state",
    state: each({ Type: "Pass", End: true, Orchestration: { Break: true } }),
    place: "/States/A/ItemProcessor/States/One/Orchestration/Break",
    message: /belongs to a Succeed state/,
  },
  {
    what: "Break outside of loops",
    state: breaking,
    place: "/States/A/Orchestration/Break",
    message: /this one stands in none/,
  },
  {
    what: "Break in a branch",
    state: each(branches([{ Type: "Pass" }, { ...breaking, End: undefined }])),
    place: "/States/A/ItemProcessor/States/One/Branches/1/States/B1/Orchestration/Break",
    message: /this one stands in none/,
  },
  {
    what: "Break in a distributed processor",
    state: each(breaking, apart),
    place: "/States/A/ItemProcessor/States/One/Orchestration/Break",
    message: /not DISTRIBUTED/,
  },
  {
    what: "a wait without names",
    state: signals({ Join: "any" }),
    place: "/States/A/Parameters",
    message: /a wait for signals needs one of "Names" or "Names\.\$"/,
  },
  {
    what: "a wait for no names",
    state: signals({ Names: [] }),
    place: "/States/A/Parameters/Names",
    message: /at least one element/,
  },
  {
    what: "a wait for more than there are",
    state: signals({ Names: ["a", "b"], Join: 3 }),
    place: "/States/A/Parameters/Join",
    message: /3 signals can not come, there are only 2/,
  },
  {
    what: "a wait of another word",
    state: signals({ Names: ["a"], Join: "every" }),
    place: "/States/A/Parameters/Join",
    message: /write "all", "any" or "none"/,
  },
  {
    what: "a wait for none that never ends",
    state: signals({ Names: ["a"], Join: "none" }),
    place: "/States/A/Parameters/Join",
    message: /add "TimeoutSeconds"/,
  },
  {
    what: "a wait with a field of no meaning",
    state: signals({ Names: ["a"], Signals: ["b"] }),
    place: "/States/A/Parameters/Signals",
    message: /a wait for signals has no field "Signals"/,
  },
];

describe("words of Orchestration", () => {
  test.each(accepted)("are let in where they belong: $what", ({ state, top }) => {
    expect(said(state, top)).toEqual([]);
  });

  test.each(refused)("are refused elsewhere: $what", ({ state, top, place, message }) => {
    const [first, ...others] = said(state, top);
    expect([first?.severity, first?.place, others]).toEqual(["ERROR", place, []]);
    expect(first?.message).toMatch(message);
  });
});
