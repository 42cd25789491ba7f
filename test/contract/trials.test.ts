import { expect, test } from "vitest";
import type { Grant } from "#access/permissions.ts";
import { accessEnvironment } from "./access-environment.ts";

const all = { kind: "all" } as const;
const environment = async () => {
  const made = await accessEnvironment([
    { name: "ann", grants: [{ role: "Definition", scope: all }] },
    { name: "root", grants: [{ role: "Administrator", scope: all }] },
    { name: "own", grants: [{ role: "Creator-owner", scope: all }] },
    { name: "validator", grants: validating },
  ]);
  const testState = (name: string, body: object) =>
    made.call(name, {
      method: "POST",
      path: "/",
      body,
      headers: { "x-amz-target": "AWSStepFunctions.TestState" },
    });
  return { ...made, testState };
};

/** May deploy and start some named processes, of which a tested state is none. */
const validating: readonly Grant[] = [
  { role: "Definition", scope: { kind: "named", names: ["billing"] } },
];

const raising = (more: object = {}) => ({
  definition: JSON.stringify({
    Type: "Task",
    QueryLanguage: "JSONata",
    Resource: "holdfast:core:raiseAlert",
    Arguments: { severity: "info", title: "{% $states.input.title %}" },
    Output: "{% $states.result.status %}",
    End: true,
    ...more,
  }),
  input: '{"title": "Tried"}',
});

test("a state without a mock does what it says, and goes on with the answer", async () => {
  const { testState, alerts, audit } = await environment();
  const tested = await testState("ann", { ...raising(), inspectionLevel: "DEBUG" });
  expect(tested.body).toMatchObject({ status: "SUCCEEDED", output: '"open"' });
  expect(JSON.parse(tested.body.inspectionData.result)).toMatchObject({ status: "open" });
  const { alerts: raised } = await alerts.list({ limit: 10 });
  expect(raised).toMatchObject([{ title: "Tried" }]);
  await audit.flush();
  const { entries } = await audit.list({ limit: 10, kind: "changed" });
  expect(entries).toMatchObject([
    {
      principal: "key:ann",
      operation: "TestState",
      object: "holdfast:core:raiseAlert",
      after: { status: "SUCCEEDED" },
    },
  ]);
  // The same again is another call.
  await testState("own", raising());
  expect((await alerts.list({ limit: 10 })).alerts).toHaveLength(2);
});

test("what an adapter refuses is a failure that Catch sees", async () => {
  const { testState } = await environment();
  const failing = raising({ Arguments: { severity: "loud", title: "x" } });
  const failed = await testState("ann", failing);
  expect(failed.body).toMatchObject({ status: "FAILED", error: "Holdfast.ParametersInvalid" });
  const caught = await testState("ann", {
    ...raising({
      Arguments: { severity: "loud", title: "x" },
      Catch: [{ ErrorEquals: ["Holdfast.ParametersInvalid"], Next: "Mend" }],
    }),
  });
  expect(caught.body).toMatchObject({ status: "CAUGHT_ERROR", nextState: "Mend" });
});

test("nothing is called with a mock, by whoever may not deploy and start, or under a drain", async () => {
  const { testState, alerts, call } = await environment();
  const mock = { result: '{"status": "closed"}' };
  expect((await testState("validator", { ...raising(), mock })).body.output).toBe('"closed"');
  expect((await testState("validator", raising())).body.__type).toBe("AccessDeniedException");
  const pass = { definition: '{"Type": "Pass", "End": true}', input: "1" };
  expect((await testState("validator", pass)).body.output).toBe("1");
  const drain = { method: "POST", path: "/v1/drains", body: { scope: "environment" } };
  expect((await call("root", drain)).status).toBe(201);
  expect((await testState("ann", raising())).body.message).toContain("The drain environment");
  expect((await alerts.list({ limit: 10 })).alerts).toEqual([]);
});

test("what only an execution can wait for needs a mock", async () => {
  const { testState } = await environment();
  for (const [Resource, error, said] of [
    ["arn:aws:states:local:000000000000:activity:print", "InvalidDefinition", "without a mock"],
    ["arn:aws:states:::states:startExecution.sync", "InvalidDefinition", "without a mock"],
    ["holdfast:core:echo.waitForTaskToken", "InvalidDefinition", "without a mock"],
    ["arn:aws:states:::states:startExecution", "ValidationException", "say in mock"],
  ]) {
    const definition = JSON.stringify({ Type: "Task", Resource, End: true });
    const { body } = await testState("ann", { definition });
    expect([Resource, body.__type, body.message]).toEqual([
      Resource,
      error,
      expect.stringContaining(said ?? ""),
    ]);
  }
});
