import { expect, test } from "vitest";
import { accessEnvironment } from "./access-environment.ts";

const definition = { StartAt: "A", States: { A: { Type: "Succeed" } } };
const prefix = "arn:aws:states:local:000000000000:";
const machine = `${prefix}stateMachine:p`;
const roleArn = "arn:aws:iam::000000000000:role/any";

const environment = async () => {
  const made = await accessEnvironment([
    { name: "ann", grants: [{ role: "Administrator", scope: { kind: "all" } }] },
  ]);
  const deploy = (of: object = definition) =>
    made.processes.deploy({
      text: JSON.stringify({ kind: "Process", name: "p", definition: of }),
      deployedBy: "key:ann",
    });
  await deploy();
  const rest = (
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ) => made.call("ann", { method, path: `/v1${path}`, body, headers });
  const service = (name: string, body: object) =>
    made.call("ann", {
      method: "POST",
      path: "/",
      body,
      headers: { "x-amz-target": `AWSStepFunctions.${name}` },
    });
  return { ...made, deploy, rest, service };
};

const etagIn = ({ headers }: { readonly headers: Headers }) => headers.get("etag") ?? "";

test("the tags of a process are the same by both protocols", async () => {
  const { rest, service } = await environment();
  expect((await rest("GET", "/processes/p/tags")).body).toEqual({ process: "p", tags: {} });
  await rest("PUT", "/processes/p/tags", { body: { tags: { team: "storage", tier: "1" } } });
  await service("UntagResource", { resourceArn: machine, tagKeys: ["tier"] });
  await service("TagResource", { resourceArn: machine, tags: [{ key: "cost", value: "7" }] });
  expect((await rest("GET", "/processes/p/tags")).body.tags).toEqual({
    team: "storage",
    cost: "7",
  });
  const { body } = await service("ListTagsForResource", { resourceArn: machine });
  expect(body.tags).toEqual([
    { key: "team", value: "storage" },
    { key: "cost", value: "7" },
  ]);
});

test("tags that a process has are left by a repeated CreateStateMachine", async () => {
  const { rest, service } = await environment();
  await rest("PUT", "/processes/p/tags", { body: { tags: { team: "storage" } } });
  const input = { name: "p", definition: JSON.stringify(definition), roleArn };
  expect((await service("CreateStateMachine", input)).status).toBe(200);
  expect((await rest("GET", "/processes/p/tags")).body.tags).toEqual({ team: "storage" });
});

test("what clients of Step Functions said of a process is shown and changed by REST", async () => {
  const { rest, service } = await environment();
  const logGroupArn = "arn:aws:logs:local:000000000000:log-group:any:*";
  const loggingConfiguration = {
    level: "ERROR",
    includeExecutionData: true,
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
  };
  await service("UpdateStateMachine", { stateMachineArn: machine, roleArn, loggingConfiguration });
  const shown = await rest("GET", "/processes/p/state-machine");
  expect(shown.body).toEqual({ process: "p", roleArn, loggingConfiguration });
  const changed = { roleArn, tracingConfiguration: { enabled: true } };
  const put = await rest("PUT", "/processes/p/state-machine", { body: changed });
  expect([put.status, put.body]).toEqual([200, { process: "p", ...changed }]);
  const described = await service("DescribeStateMachine", { stateMachineArn: machine });
  expect(described.body).toMatchObject({
    loggingConfiguration: { level: "OFF" },
    tracingConfiguration: { enabled: true },
  });
});

test("an activity that is announced by one protocol is known to the other", async () => {
  const { rest, service } = await environment();
  const made = await rest("PUT", "/activities/print", { body: { tags: { team: "a" } } });
  expect([made.status, made.body]).toMatchObject([201, { name: "print", tags: { team: "a" } }]);
  const again = await rest("PUT", "/activities/print", { body: { tags: { team: "a" } } });
  expect([again.status, again.body]).toEqual([200, made.body]);
  const activityArn = `${prefix}activity:print`;
  expect((await service("DescribeActivity", { activityArn })).body.name).toBe("print");
  const { body } = await service("ListTagsForResource", { resourceArn: activityArn });
  expect(body.tags).toEqual([{ key: "team", value: "a" }]);
  await service("CreateActivity", { name: "scan" });
  const page = await rest("GET", "/activities?limit=1");
  const last = await rest("GET", `/activities?limit=1&after=${page.body.next}`);
  expect([page, last].map((each) => each.body.activities[0].name)).toEqual(["print", "scan"]);
  expect((await rest("DELETE", "/activities/print")).body).toEqual(made.body);
  expect((await service("DescribeActivity", { activityArn })).body.__type).toBe(
    "ActivityDoesNotExist",
  );
  expect((await rest("DELETE", "/activities/print")).body.code).toBe("activity-not-found");
  expect((await rest("GET", "/activities/print")).body.code).toBe("activity-not-found");
});

test("the tags of an activity that is forgotten are not the next one's of its name", async () => {
  const { rest } = await environment();
  await rest("PUT", "/activities/print", { body: { tags: { team: "a" } } });
  await rest("DELETE", "/activities/print");
  expect((await rest("PUT", "/activities/print", { body: {} })).body.tags).toEqual({});
});

test.each(["/processes/p/tags", "/processes/p/state-machine", "/activities/print"])(
  "of two people who change %s at once the second is told",
  async (path) => {
    const { rest } = await environment();
    await rest("PUT", "/activities/print", { body: {} });
    const bodies = path.endsWith("machine")
      ? [{ roleArn }, { roleArn: `${roleArn}-2` }]
      : [{ tags: { team: "a" } }, { tags: { team: "b" } }];
    const headers = { "if-match": etagIn(await rest("GET", path)) };
    const first = await rest("PUT", path, { body: bodies[0], headers });
    expect(first.status).toBe(200);
    const second = await rest("PUT", path, { body: bodies[1], headers });
    expect([second.status, second.body.code]).toEqual([412, "precondition-failed"]);
    const now = await rest("GET", path);
    expect(now.body).toMatchObject(bodies[0] as object);
    expect(etagIn(now)).toBe(etagIn(first));
    const right = { "if-match": etagIn(now) };
    expect((await rest("PUT", path, { body: bodies[1], headers: right })).status).toBe(200);
  },
);

test("an activity is not announced where there is one already, or none that was seen", async () => {
  const { rest } = await environment();
  const body = {};
  const here = { body, headers: { "if-match": "*" } };
  expect((await rest("PUT", "/activities/print", here)).status).toBe(412);
  expect((await rest("GET", "/activities/print")).status).toBe(404);
  const none = { body, headers: { "if-none-match": "*" } };
  expect((await rest("PUT", "/activities/print", none)).status).toBe(201);
  expect((await rest("PUT", "/activities/print", none)).status).toBe(412);
});

test("what tags, settings and activities cannot be is refused, and nothing is stored", async () => {
  const { rest } = await environment();
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ""]));
  for (const [path, body, where] of [
    ["/processes/p/tags", { tags: many }, "/tags"],
    ["/processes/p/tags", { tags: { "": "x" } }, "/tags/"],
    ["/processes/p/tags", { tags: { team: "x".repeat(257) } }, "/tags/team"],
    ["/processes/p/tags", {}, "/tags"],
    ["/processes/p/state-machine", { roleArn: "admin" }, "/roleArn"],
    [
      "/processes/p/state-machine",
      { loggingConfiguration: { level: "ALL" } },
      "/loggingConfiguration",
    ],
    ["/activities/print", { tags: many }, "/tags"],
    ["/activities/a%20b", {}, "/activity"],
    ["/activities/...", {}, "/activity"],
  ] as const) {
    const answer = await rest("PUT", path, { body });
    expect([answer.status, answer.body.problems?.[0]?.path]).toEqual([400, where]);
  }
  const { body: missing } = await rest("PUT", "/processes/p/tags", { body: {} });
  expect(missing.problems).toMatchObject([{ message: "It is missing; object expected." }]);
  expect((await rest("GET", "/processes/p/tags")).body.tags).toEqual({});
  expect((await rest("GET", "/processes/p/state-machine")).body).toEqual({ process: "p" });
  expect((await rest("GET", "/activities")).body.activities).toEqual([]);
  expect((await rest("PUT", "/processes/none/tags", { body: { tags: {} } })).body.code).toBe(
    "process-not-found",
  );
});
