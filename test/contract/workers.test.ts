import { expect, test } from "vitest";
import { knownAgeMsMax } from "#access/limits.ts";
import { accessEnvironment, administratorToken } from "./access-environment.ts";

const process = `
kind: Process
name: print
definition:
  StartAt: Print
  States:
    Print: {Type: Task, Resource: "holdfast:activity:print", End: true}
`;

const activityArn = "arn:aws:states:local:000000000000:activity:print";

const environment = async () => {
  const made = await accessEnvironment(undefined);
  await made.processes.deploy({ text: process, deployedBy: "key:admin" });
  await made.stateMachines.activities.create("print");
  const post = (token: string, path: string, body: unknown) =>
    made.call(token, { method: "POST", path, body });
  const service = (token: string, operation: string, body: object) =>
    made.call(token, {
      method: "POST",
      path: "/",
      headers: { "x-amz-target": `AWSStepFunctions.${operation}` },
      body,
    });
  const worker = async (name: string) => {
    const given = { name, grants: [{ role: "Server", scope: { kind: "all" } }] };
    const { body } = await post(administratorToken, "/v1/access-keys", given);
    return body as { readonly keyId: string; readonly token: string };
  };
  const start = (name: string) =>
    made.engine.start({ process: "print", name, input: {}, startedBy: "key:admin" });
  const details = async (name: string, type: string) => {
    const range = { afterEventId: 0, limit: 100 };
    const events = await made.executions.history(`print:${name}`, range);
    return events.find((event) => event.type === type)?.details;
  };
  return { ...made, post, service, worker, start, details };
};

test("the history says who claimed an activity and who answered it, whatever the worker calls itself", async () => {
  const { post, service, worker, start, details } = await environment();
  const rest = await worker("printer");
  await start("a");
  const asked = { worker: "p-3", waitSeconds: 20 };
  const { body } = await post(rest.token, "/v1/activities/print/tasks", asked);
  await post(rest.token, "/v1/task-tokens/success", { token: body.task.token });
  expect(await details("a", "ActivityStarted")).toMatchObject({
    workerName: "p-3",
    claimedBy: "key:printer",
  });
  expect(await details("a", "ActivitySucceeded")).toMatchObject({ answeredBy: "key:printer" });

  const aws = await worker("aws-printer");
  await start("b");
  const claimed = await service(aws.token, "GetActivityTask", { activityArn, workerName: "p-4" });
  const { taskToken } = claimed.body;
  await service(rest.token, "SendTaskFailure", { taskToken, error: "Jam" });
  expect(await details("b", "ActivityStarted")).toMatchObject({
    workerName: "p-4",
    claimedBy: "key:aws-printer",
  });
  expect(await details("b", "ActivityFailed")).toMatchObject({
    error: "Jam",
    answeredBy: "key:printer",
  });
});

test.each(["rest", "service"] as const)(
  "a worker whose key is revoked while it waits is handed nothing (%s)",
  async (door) => {
    const { post, service, worker, start, pass } = await environment();
    const { keyId, token } = await worker("printer");
    const asking =
      door === "rest"
        ? post(token, "/v1/activities/print/tasks", { waitSeconds: 60 })
        : service(token, "GetActivityTask", { activityArn });
    // Once another is asked for and answered, the first one waits.
    await post(administratorToken, "/v1/activities/print/tasks", { waitSeconds: 0 });
    await post(administratorToken, `/v1/access-keys/${keyId}/revoke`, {});
    pass(knownAgeMsMax);
    await start("a");
    expect((await asking).status).toBe(door === "rest" ? 401 : 403);
    const other = await worker("other");
    const { body } = await post(other.token, "/v1/activities/print/tasks", { waitSeconds: 20 });
    expect(body.task).toMatchObject({ executionId: "print:a" });
  },
);

test("a worker that goes away while it is asked about takes nothing with it", async () => {
  const { engine, start } = await environment();
  const gone = new AbortController();
  const asking = engine.claim("print", {
    timeoutMs: 60_000,
    signal: gone.signal,
    mayTake: async () => gone.abort(),
  });
  await start("a");
  expect(await asking).toBeUndefined();
  const other = await engine.claim("print", { timeoutMs: 20_000 });
  expect(other).toMatchObject({ executionId: "print:a" });
});
