import { expect, test } from "vitest";
import { accessEnvironment } from "./access-environment.ts";

const document = (state: string) =>
  `{kind: Process, name: p, definition: {StartAt: A, States: {A: ${state}}}}`;

const environment = async () => {
  const grants = [{ role: "Administrator", scope: { kind: "all" } }] as const;
  const made = await accessEnvironment([
    { name: "ann", grants },
    { name: "bob", grants },
  ]);
  const post = (
    path: string,
    body: unknown,
    { headers = {}, by = "ann" }: { headers?: Record<string, string>; by?: string } = {},
  ) => made.call(by, { method: "POST", path, body, headers });
  const deploy = (state: string, headers: Record<string, string> = {}) =>
    post("/v1/processes", { document: document(state) }, { headers });
  return { ...made, post, deploy };
};

const fail = "{Type: Fail, Error: E}";
const key = { "idempotency-key": "4711" };

test("a start that is repeated with its idempotency key makes one execution", async () => {
  const { post, deploy, executions } = await environment();
  await deploy("{Type: Succeed}");
  const body = { process: "p", input: { n: 1 } };
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => post("/v1/executions", body, { headers: key })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
  expect((await executions.list({ limit: 10 })).executions).toHaveLength(1);
  const typed = await post("/v1/processes/p/start", { n: 1 }, { headers: key });
  expect([typed.status, typed.body.name]).toEqual([200, answers[0]?.body.name]);
});

test("a key that comes with something else is refused, and is another's own", async () => {
  const { post, deploy } = await environment();
  await deploy("{Type: Succeed}");
  const start = (n: number, by = "ann") =>
    post("/v1/executions", { process: "p", input: { n } }, { headers: key, by });
  expect((await start(1)).status).toBe(201);
  expect(await start(2)).toMatchObject({ status: 422, body: { code: "idempotency-key-reused" } });
  expect((await start(2, "bob")).status).toBe(201);
  for (const wrong of ["", "a b", "x".repeat(256)])
    expect(
      await post("/v1/executions", { process: "p" }, { headers: { "idempotency-key": wrong } }),
    ).toMatchObject({ status: 400, body: { problems: [{ path: "/idempotency-key" }] } });
  const named = await post("/v1/executions", { process: "p", name: "a" }, { headers: key });
  expect(named.body.name).toBe("a");
});

test("restarts and signals are made once under their key, too", async () => {
  const { post, deploy, executions } = await environment();
  await deploy(fail);
  await post("/v1/executions", { process: "p", name: "a", waitSeconds: 20 });
  const restart = () =>
    post("/v1/executions/p:a/restart", { from: { state: "A" } }, { headers: key });
  const [first, again] = [await restart(), await restart()];
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body.executionId).toBe(first.body.executionId);
  expect((await executions.list({ limit: 10 })).executions).toHaveLength(2);

  await deploy("{Type: Wait, Seconds: 600, End: true}");
  await post("/v1/executions", { process: "p", name: "b" });
  const signal = () => post("/v1/executions/p:b/signals", { name: "go" }, { headers: key });
  const [sent, repeated] = [await signal(), await signal()];
  expect(sent.status).toBe(200);
  expect(repeated.body.id).toBe(sent.body.id);
});

test("a deployment on a version that is no longer the newest is refused, with nothing deployed", async () => {
  const { call, deploy } = await environment();
  const get = () => call("ann", { method: "GET", path: "/v1/processes/p" });
  expect((await deploy(fail, { "if-match": "*" })).body.code).toBe("precondition-failed");
  const created = await deploy(fail, { "if-none-match": "*" });
  expect([created.status, created.headers.get("etag")]).toEqual([201, '"1"']);
  const etag = (await get()).headers.get("etag") ?? "";
  expect(etag).toBe('"1"');
  expect((await deploy("{Type: Succeed}", { "if-match": etag })).status).toBe(201);
  const late = await deploy("{Type: Pass, End: true}", { "if-match": etag });
  expect([late.status, late.headers.get("etag")]).toEqual([412, '"2"']);
  expect((await deploy(fail, { "if-none-match": "*" })).status).toBe(412);
  expect((await get()).body.version).toBe(2);
  expect((await deploy(fail, { "if-match": '"7", "2"' })).status).toBe(201);
  expect((await deploy(fail, { "if-match": "2" })).status).toBe(400);
});

test("of deployments on one version at the same time one goes through", async () => {
  const { deploy } = await environment();
  await deploy(fail);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      deploy(`{Type: Wait, Seconds: ${n + 1}, End: true}`, { "if-match": '"1"' }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([201, ...Array(7).fill(412)]);
});
