import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { systemClock } from "#platforms/embedded/system-clock.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { accessEnvironment, administratorToken, waitingProcess } from "./access-environment.ts";

type Environment = Awaited<ReturnType<typeof accessEnvironment>>;

const deploy = async ({ processes, engine }: Environment) => {
  for (const name of ["a", "b"]) {
    await processes.deploy({ text: waitingProcess(name), deployedBy: "key:admin" });
    await engine.start({ process: name, name: "x", input: {}, startedBy: "key:admin" });
  }
};

const get = (environment: Environment, path: string) =>
  environment.call(administratorToken, { method: "GET", path });

const service = (environment: Environment, operation: string, body: object) =>
  environment.call(administratorToken, {
    method: "POST",
    path: "/",
    headers: { "x-amz-target": `AWSStepFunctions.${operation}` },
    body,
  });

/** What anybody can make who has read the sources, where no secret is part of it. */
const forged = (list: string, place: string): string => {
  const sum = createHash("sha256").update(`${list}\n${place}`).digest("base64url").slice(0, 11);
  return `${sum}${Buffer.from(place).toString("base64url")}`;
};

const places = [
  "{",
  "null",
  "7",
  "[]",
  "[1]",
  '["x"]',
  '[{"a":1}]',
  "-1",
  "1e400",
  "x".repeat(2000),
];

test.each([
  ["/v1/processes", "processes {}"],
  ["/v1/processes/a/versions", "versions of a {}"],
  ["/v1/processes/a/aliases", "aliases of a {}"],
  ["/v1/executions", "executions {}"],
  ["/v1/alerts", "alerts {}"],
  ["/v1/system-events", "system-events {}"],
  ["/v1/audit", "audit {}"],
  ["/v1/activities", "known activities {}"],
  ["/v1/activities/print/tasks", "activities print {}"],
])("a place in %s that no page gave is refused", async (path, list) => {
  const environment = await accessEnvironment(undefined);
  await deploy(environment);
  for (const place of places) {
    const { status, body } = await get(environment, `${path}?after=${forged(list, place)}`);
    expect([status, body.problems?.[0]?.path], place).toEqual([400, "/after"]);
  }
});

test("so is one by the Step Functions protocol", async () => {
  const environment = await accessEnvironment(undefined);
  await deploy(environment);
  const stateMachineArn = "arn:aws:states:local:000000000000:stateMachine:a";
  for (const place of places)
    for (const [operation, input, list] of [
      ["ListStateMachines", {}, "stateMachines"],
      ["ListActivities", {}, "activities"],
      ["ListExecutions", { stateMachineArn }, `executions ${JSON.stringify({ stateMachineArn })}`],
      ["ListStateMachineVersions", { stateMachineArn }, "versions a"],
      ["ListStateMachineAliases", { stateMachineArn }, "aliases a"],
    ] as const) {
      const nextToken = forged(list, place);
      const { status, body } = await service(environment, operation, { ...input, nextToken });
      expect([status, body.__type], `${operation} ${place}`).toEqual([400, "InvalidToken"]);
    }
});

test("a place that one server gave is taken by the others", async () => {
  const platform = memoryPlatform({ clock: systemClock });
  const one = await accessEnvironment(undefined, { platform });
  const other = await accessEnvironment(undefined, { platform });
  await deploy(one);
  const first = await get(one, "/v1/processes?limit=1");
  const second = await get(other, `/v1/processes?limit=1&after=${first.body.next}`);
  expect([second.status, second.body.processes.map(({ name }: { name: string }) => name)]).toEqual([
    200,
    ["b"],
  ]);
});

test("a place that another caller was given shows no more than one may read", async () => {
  const { call, processes } = await accessEnvironment([
    { name: "ann", grants: [{ role: "Auditor", scope: { kind: "all" } }] },
    { name: "bob", grants: [{ role: "Creator-owner", scope: { kind: "all" } }] },
  ]);
  for (const name of ["a", "b", "c", "d"]) {
    const deployedBy = name === "d" ? "key:bob" : "key:ann";
    await processes.deploy({ text: waitingProcess(name), deployedBy });
  }
  const list = async (name: string, query: string) => {
    const { body } = await call(name, { method: "GET", path: `/v1/processes?${query}` });
    return body as { processes: { name: string }[]; next?: string };
  };
  const { next } = await list("ann", "limit=1");
  expect((await list("ann", `after=${next}`)).processes).toHaveLength(3);
  expect((await list("bob", `after=${next}`)).processes).toMatchObject([{ name: "d" }]);
});
