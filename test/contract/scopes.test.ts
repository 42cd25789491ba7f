import { expect, test } from "vitest";
import type { Grant, Scope } from "#access/permissions.ts";
import type { Role } from "#access/roles.ts";
import { accessEnvironment, waitingProcess } from "./access-environment.ts";

const grant = (role: Role, scope: Scope): Grant => ({ role, scope });
const named = (...names: string[]): Scope => ({ kind: "named", names });
const category = (...names: string[]): Scope => ({ kind: "category", names });

/** Processes `billing`, `billing-eu` and `payroll`, each in a category of its own name, and one execution of each. */
const environment = async (...grants: Grant[]) => {
  const made = await accessEnvironment([
    { name: "caller", grants },
    { name: "root", grants: [grant("Administrator", { kind: "all" })] },
  ]);
  for (const name of ["billing", "billing-eu", "payroll"]) {
    await made.processes.deploy({ text: waitingProcess(name), deployedBy: "key:root" });
    await made.engine.start({ process: name, name: "a", input: {}, startedBy: "key:root" });
  }
  const get = (path: string) => made.call("caller", { method: "GET", path });
  const post = (path: string, body: unknown = {}) =>
    made.call("caller", { method: "POST", path, body });
  const seen = async () => ({
    processes: (await get("/v1/processes")).body.processes.map(
      ({ name }: { name: string }) => name,
    ),
    executions: (await get("/v1/executions")).body.executions
      .map(({ process }: { process: string }) => process)
      .sort(),
  });
  return { ...made, get, post, seen };
};

const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;

test("a role for a category covers the processes that say so, and their executions", async () => {
  const { get, post, seen } = await environment(grant("Operator", category("billing")));
  expect(await seen()).toEqual({ processes: ["billing"], executions: ["billing"] });
  expect(await statusOf(post("/v1/executions/billing:a/stop"))).toBe(200);
  expect(await statusOf(post("/v1/executions/payroll:a/stop"))).toBe(404);
  expect(await statusOf(get("/v1/processes/payroll"))).toBe(404);
  expect(await statusOf(post("/v1/executions", { process: "billing", name: "b" }))).toBe(201);
  expect((await post("/v1/executions", { process: "payroll", name: "b" })).body).toMatchObject({
    code: "process-not-found",
  });
});

test("executions of a process that was removed stay in its category, whatever is deployed under its name", async () => {
  const mine = await environment(grant("Operator", category("billing")));
  await mine.processes.remove("billing");
  expect(await mine.seen()).toEqual({ processes: [], executions: ["billing"] });
  expect(await statusOf(mine.post("/v1/executions/billing:a/stop"))).toBe(200);
  const other = waitingProcess("billing").replace("category: billing", "category: payroll");
  await mine.processes.deploy({ text: other, deployedBy: "key:root" });
  await mine.engine.start({ process: "billing", name: "b", input: {}, startedBy: "key:root" });
  expect(await statusOf(mine.get("/v1/executions/billing:a"))).toBe(200);
  expect(await statusOf(mine.get("/v1/executions/billing:b"))).toBe(404);

  const theirs = await environment(grant("Operator", category("payroll")));
  await theirs.processes.remove("billing");
  await theirs.processes.deploy({ text: other, deployedBy: "key:root" });
  await theirs.engine.start({ process: "billing", name: "b", input: {}, startedBy: "key:root" });
  expect(await statusOf(theirs.get("/v1/executions/billing:a"))).toBe(404);
  expect(await statusOf(theirs.get("/v1/executions/billing:b"))).toBe(200);
});

test("executions follow their process into another category, those of older and deleted versions as well", async () => {
  const { get, processes } = await environment(grant("Operator", category("payroll")));
  const other = waitingProcess("billing").replace("category: billing", "category: payroll");
  await processes.deploy({ text: other, deployedBy: "key:root" });
  expect(await statusOf(get("/v1/executions/billing:a"))).toBe(200);
  await processes.removeVersion("billing", 1);
  expect(await statusOf(get("/v1/executions/billing:a"))).toBe(200);
});

test("a role for named processes covers those, by their whole names or by what they begin with", async () => {
  const exact = await environment(grant("Operator", named("billing", "nothing")));
  expect(await exact.seen()).toEqual({ processes: ["billing"], executions: ["billing"] });
  const wide = await environment(grant("Operator", named("billing*")));
  expect(await wide.seen()).toEqual({
    processes: ["billing", "billing-eu"],
    executions: ["billing", "billing-eu"],
  });
});

test("a role with a scope is none on what belongs to no process", async () => {
  const { get, post, call } = await environment(grant("Administrator", named("*")));
  for (const path of ["/v1/servers", "/v1/drains"]) expect(await statusOf(get(path))).toBe(403);
  expect(await statusOf(post("/v1/drains", { scope: "environment" }))).toBe(403);
  const path = "/v1/servers/server-1";
  expect(await statusOf(call("caller", { method: "DELETE", path }))).toBe(403);
});

test("several roles add up, each within its own scope", async () => {
  const { post, seen } = await environment(
    grant("Auditor", { kind: "all" }),
    grant("Operator", named("payroll")),
  );
  expect((await seen()).executions).toEqual(["billing", "billing-eu", "payroll"]);
  expect(await statusOf(post("/v1/executions/payroll:a/stop"))).toBe(200);
  // It may be read: so it is not hidden that it is there.
  const refused = await post("/v1/executions/billing:a/stop");
  expect([refused.status, refused.body.code]).toEqual([403, "forbidden"]);
});

test("the scope of own objects narrows any role", async () => {
  const { post, seen } = await environment(grant("Operator", { kind: "own" }));
  expect(await seen()).toEqual({ processes: [], executions: [] });
  expect(await statusOf(post("/v1/executions", { process: "billing" }))).toBe(404);
});

test("an author of a category can neither take a process into it nor out of it", async () => {
  const { post } = await environment(grant("Definition", category("billing", "orders")));
  const deploy = (name: string, category: string) =>
    statusOf(
      post("/v1/processes", {
        document: waitingProcess(name).replace(`category: ${name}`, `category: ${category}`),
      }),
    );
  expect(await deploy("billing", "orders")).toBe(201);
  expect(await deploy("billing", "payroll")).toBe(403);
  expect(await deploy("payroll", "billing")).toBe(403);
  expect(await deploy("new", "billing")).toBe(201);
  expect(await deploy("newer", "payroll")).toBe(403);
});

test("a process belongs to who deployed it first, whoever deploys it again", async () => {
  const { call, get, post, processes } = await environment(grant("Creator-owner", { kind: "all" }));
  const document = waitingProcess("mine");
  expect(await statusOf(post("/v1/processes", { document }))).toBe(201);
  const again = `${document}\ndescription: changed\n`;
  expect(
    await statusOf(
      call("root", { method: "POST", path: "/v1/processes", body: { document: again } }),
    ),
  ).toBe(201);
  expect((await get("/v1/processes/mine")).body).toMatchObject({
    version: 2,
    deployedBy: "key:root",
    owner: "key:caller",
  });
  expect(await statusOf(post("/v1/processes", { document }))).toBe(201);
  expect((await processes.get("mine"))?.version).toBe(3);
});

test("two who deploy a new process of one name at once do not both own it", async () => {
  const creator = [grant("Creator-owner", { kind: "all" })];
  const { call, processes } = await accessEnvironment([
    { name: "ann", grants: creator },
    { name: "bob", grants: creator },
  ]);
  const deploy = (name: string) =>
    call(name, {
      method: "POST",
      path: "/v1/processes",
      body: { document: `${waitingProcess("both")}\ndescription: of ${name}\n` },
    });
  const answers = await Promise.all([deploy("ann"), deploy("bob")]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 403]);
  expect((await processes.get("both"))?.version).toBe(1);
});

test("what an execution starts belongs to who started it", async () => {
  const { call, engine, executions, processes } = await accessEnvironment([
    { name: "ann", grants: [grant("Creator-owner", { kind: "all" })] },
    { name: "bob", grants: [grant("Creator-owner", { kind: "all" })] },
  ]);
  await processes.deploy({ text: waitingProcess("inner"), deployedBy: "key:root" });
  const text = `
kind: Process
name: outer
definition:
  StartAt: Call
  States:
    Call:
      Type: Task
      Resource: arn:aws:states:::states:startExecution.sync
      Parameters: {StateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:inner", Name: child}
      End: true
`;
  await processes.deploy({ text, deployedBy: "key:root" });
  await engine.start({ process: "outer", input: {}, startedBy: "key:ann" });
  const path = "/v1/executions/inner:child";
  await expect
    .poll(() => executions.describe("inner:child").catch(() => undefined))
    .toMatchObject({ status: "RUNNING" });
  expect((await call("ann", { method: "GET", path })).status).toBe(200);
  expect((await call("bob", { method: "GET", path })).status).toBe(404);
  const list = await call("ann", { method: "GET", path: "/v1/executions" });
  expect(list.body.executions).toHaveLength(2);
});

test("a start under the name of another's execution tells nothing of it, not even that it is the same", async () => {
  const { post } = await environment(grant("Northbound", { kind: "all" }));
  const same = await post("/v1/executions", { process: "billing", name: "a" });
  const other = await post("/v1/executions", { process: "billing", name: "a", input: { n: 1 } });
  expect(same.status).toBe(409);
  expect({ ...same.body, requestId: "" }).toEqual({ ...other.body, requestId: "" });
  const own = { process: "billing", name: "own" };
  expect([
    (await post("/v1/executions", own)).status,
    (await post("/v1/executions", own)).status,
  ]).toEqual([201, 200]);
});

test("pages hold what may be read only, and none is lost between them", async () => {
  const { engine, get } = await environment(grant("Northbound", { kind: "all" }));
  for (let index = 0; index < 30; index += 1) {
    const startedBy = index % 3 === 0 ? "key:caller" : "key:root";
    await engine.start({ process: "billing", name: `n${index}`, input: {}, startedBy });
  }
  const found: string[] = [];
  for (let after = ""; ; ) {
    const { body } = await get(`/v1/executions?limit=4${after}`);
    expect(body.executions.length).toBeLessThanOrEqual(4);
    found.push(...body.executions.map(({ name }: { name: string }) => name));
    if (body.next === undefined) break;
    after = `&after=${body.next}`;
  }
  expect(found).toEqual(["n27", "n24", "n21", "n18", "n15", "n12", "n9", "n6", "n3", "n0"]);
});

test("a list of the protocol tells nothing of what its caller may not read, not even that it is there", async () => {
  const { call, processes, engine } = await environment(grant("Creator-owner", { kind: "all" }));
  const mapping = (name: string) => `
kind: Process
name: ${name}
definition:
  StartAt: Each
  States:
    Each:
      Type: Map
      End: true
      ItemsPath: $.items
      ItemProcessor:
        ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
        StartAt: Rest
        States: {Rest: {Type: Wait, Seconds: 600, End: true}}
`;
  await processes.deploy({ text: mapping("mapping"), deployedBy: "key:root" });
  const input = { items: [1] };
  await engine.start({ process: "mapping", name: "a", input, startedBy: "key:root" });
  const runsOf = async () => {
    const { body } = await call("root", { method: "GET", path: "/v1/executions/mapping:a" });
    return body.mapRuns as readonly string[] | undefined;
  };
  await expect.poll(runsOf).toHaveLength(1);
  const [run = ""] = (await runsOf()) ?? [];
  const list = async (body: object) => {
    const headers = { "x-amz-target": "AWSStepFunctions.ListExecutions" };
    const answer = await call("caller", { method: "POST", path: "/", body, headers });
    return [answer.status, answer.body.__type, answer.body.executions];
  };
  const arn = (kind: string, name: string) => `arn:aws:states:local:000000000000:${kind}:${name}`;
  const machines = ["billing", "nothing", "billing:1", "billing:7"];
  for (const name of machines)
    expect(await list({ stateMachineArn: arn("stateMachine", name) })).toEqual([
      200,
      undefined,
      [],
    ]);
  for (const name of [run, "mapping/Each:map-none"])
    expect(await list({ mapRunArn: arn("mapRun", name) })).toEqual([
      400,
      "ResourceNotFound",
      undefined,
    ]);
});

test("where a list goes on says nothing of what was left out of it", async () => {
  const { get, processes } = await environment(grant("Operator", named("billing")));
  // More than one call looks at, and all of them before the one that may be read.
  for (let index = 0; index < 110; index += 1)
    await processes.deploy({ text: waitingProcess(`apart-${index}`), deployedBy: "key:root" });
  const { body } = await get("/v1/processes?limit=1");
  expect(body.processes).toEqual([]);
  const next: string = body.next;
  const read = Array.from(next, (_, from) => Buffer.from(next.slice(from), "base64url").toString());
  expect(read.join("\n")).not.toContain("apart");
  const { body: behind } = await get(`/v1/processes?limit=1&after=${next}`);
  expect(behind.processes).toMatchObject([{ name: "billing" }]);
});
