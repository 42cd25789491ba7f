import { expect, test } from "vitest";
import type { DocumentStore } from "#ports/document-store.ts";
import { accessEnvironment } from "./access-environment.ts";

const document = (n: number) =>
  `{kind: Process, name: p, definition: {StartAt: A, States: {A: {Type: Pass, Result: ${n}, End: true}}}}`;

const arn = "arn:aws:states:local:000000000000:stateMachine:p";

/** A process of two versions. */
const environment = async (documents: (real: DocumentStore) => DocumentStore = (real) => real) => {
  const made = await accessEnvironment(
    [{ name: "ann", grants: [{ role: "Administrator", scope: { kind: "all" } }] }],
    { documents },
  );
  for (const n of [1, 2]) await made.processes.deploy({ text: document(n), deployedBy: "key:ann" });
  const rest = (
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ) => made.call("ann", { method, path: `/v1/processes/p${path}`, body, headers });
  const service = (name: string, body: object) =>
    made.call("ann", {
      method: "POST",
      path: "/",
      body,
      headers: { "x-amz-target": `AWSStepFunctions.${name}` },
    });
  return { ...made, rest, service };
};

const to = (...routes: readonly (readonly [version: number, weight: number])[]) => ({
  body: { routes: routes.map(([version, weight]) => ({ version, weight })) },
});

test("an alias is one thing, whichever protocol speaks of it", async () => {
  const { rest, service } = await environment();
  const made = await rest("PUT", "/aliases/live", to([1, 90], [2, 10]));
  expect([made.status, made.body.routes]).toEqual([201, to([1, 90], [2, 10]).body.routes]);
  const stateMachineAliasArn = `${arn}:live`;
  const shown = await service("DescribeStateMachineAlias", { stateMachineAliasArn });
  expect(shown.body.routingConfiguration).toEqual([
    { stateMachineVersionArn: `${arn}:1`, weight: 90 },
    { stateMachineVersionArn: `${arn}:2`, weight: 10 },
  ]);
  await service("UpdateStateMachineAlias", { stateMachineAliasArn, description: "Mine." });
  const got = await rest("GET", "/aliases/live");
  expect(got.body).toMatchObject({ process: "p", name: "live", description: "Mine." });
  await service("CreateStateMachineAlias", {
    name: "next",
    routingConfiguration: [{ stateMachineVersionArn: `${arn}:2`, weight: 100 }],
  });
  const page = await rest("GET", "/aliases?limit=1");
  const last = await rest("GET", `/aliases?limit=1&after=${page.body.next}`);
  const names = [page, last].map(({ body }) =>
    body.aliases.map((one: { name: string }) => one.name),
  );
  expect([names, last.body.next]).toEqual([[["live"], ["next"]], undefined]);
  expect((await rest("DELETE", "/aliases/live")).body.description).toBe("Mine.");
  expect((await rest("GET", "/aliases/live")).body.code).toBe("alias-not-found");
  const gone = await service("DescribeStateMachineAlias", { stateMachineAliasArn });
  expect(gone.body.__type).toBe("ResourceNotFound");
});

test("a start by an alias gets its version, and says by which it came", async () => {
  const { rest, call } = await environment();
  await rest("PUT", "/aliases/live", to([1, 100]));
  const start = (body: object) =>
    call("ann", { method: "POST", path: "/v1/executions", body: { process: "p", ...body } });
  const started = await start({ alias: "live", name: "a", waitSeconds: 20 });
  expect(started.body).toMatchObject({ version: 1, alias: "live", output: 1 });
  await rest("PUT", "/aliases/live", to([2, 100]));
  // The same start again is the execution that it has made.
  const again = await start({ alias: "live", name: "a" });
  expect([again.status, again.body.version]).toEqual([200, 1]);
  const typed = await rest("POST", "/start?alias=live&waitSeconds=20", { body: {} });
  expect(typed.body).toMatchObject({ version: 2, alias: "live", output: 2 });
  expect(await start({ alias: "none" })).toMatchObject({
    status: 404,
    body: { code: "alias-not-found" },
  });
  expect(await start({ alias: "live", version: 1 })).toMatchObject({
    status: 400,
    body: { problems: [{ path: "/alias" }] },
  });
});

test("of two people who change an alias at once the second is told", async () => {
  const { rest } = await environment();
  const none = { "if-none-match": "*" };
  const first = await rest("PUT", "/aliases/live", { ...to([1, 100]), headers: none });
  const etag = first.headers.get("etag") ?? "";
  expect((await rest("GET", "/aliases/live")).headers.get("etag")).toBe(etag);
  const here = { "if-match": etag };
  const changed = await rest("PUT", "/aliases/live", { ...to([2, 100]), headers: here });
  expect(changed.status).toBe(200);
  for (const headers of [here, none])
    expect(await rest("PUT", "/aliases/live", { ...to([1, 100]), headers })).toMatchObject({
      status: 412,
      body: { code: "precondition-failed" },
    });
  expect((await rest("DELETE", "/aliases/live", { headers: here })).status).toBe(412);
  expect((await rest("GET", "/aliases/live")).body.routes).toEqual(to([2, 100]).body.routes);
  const now = { "if-match": changed.headers.get("etag") ?? "" };
  expect((await rest("DELETE", "/aliases/live", { headers: now })).status).toBe(200);
});

test("what an alias cannot be is refused, and nothing is stored", async () => {
  const { rest } = await environment();
  for (const routes of [
    to([1, 50]),
    to([1, 50], [1, 50]),
    to([1, 101], [2, -1]),
    to(),
    to([1, 50], [2, 40], [3, 10]),
  ])
    expect((await rest("PUT", "/aliases/live", routes)).status).toBe(400);
  expect((await rest("PUT", "/aliases/live", to([3, 100]))).body.code).toBe("process-not-found");
  expect((await rest("PUT", "/aliases/12", to([1, 100]))).status).toBe(400);
  expect((await rest("GET", "/aliases")).body.aliases).toEqual([]);
});

test("what stood beside a process is not the next one's of its name, also where its removal broke off", async () => {
  let isBroken = false;
  const { rest, service, processes } = await environment((real) => ({
    ...real,
    remove: async (...removal) => {
      if (isBroken) throw new Error("broken off");
      return await real.remove(...removal);
    },
  }));
  await rest("PUT", "/aliases/live", to([1, 100]));
  await service("TagResource", { resourceArn: arn, tags: [{ key: "team", value: "a" }] });
  isBroken = true;
  expect((await rest("DELETE", "")).status).toBe(500);
  isBroken = false;
  expect((await rest("GET", "")).status).toBe(404);

  await processes.deploy({ text: document(3), deployedBy: "key:ann" });
  expect((await rest("GET", "/aliases")).body.aliases).toEqual([]);
  expect((await rest("POST", "/executions", { body: { alias: "live" } })).status).toBe(404);
  const { body } = await service("ListTagsForResource", { resourceArn: arn });
  expect(body.tags).toEqual([]);
});
