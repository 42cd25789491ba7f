import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as sfn from "@aws-sdk/client-sfn";
import { type SFNClient, SFNServiceException } from "@aws-sdk/client-sfn";
import { describe, expect, test } from "vitest";
import type { Grant } from "#access/permissions.ts";
import { stepFunctionsOperations } from "#northbound/step-functions/step-functions.ts";
import { accessEnvironment, administratorToken } from "./access-environment.ts";
import { type AwsKey, sfnClient } from "./step-functions-client.ts";

const roleArn = "arn:aws:iam::000000000000:role/any";
const everything: Grant = { role: "Administrator", scope: { kind: "all" } };
const arn = (rest: string) => `arn:aws:states:local:000000000000:${rest}`;
const machine = (name: string) => arn(`stateMachine:${name}`);

const environment = async (options: Parameters<typeof accessEnvironment>[1] = {}) => {
  const made = await accessEnvironment(undefined, options);
  const keyFor = async (name: string, ...grants: readonly Grant[]): Promise<AwsKey> => {
    const body = { name, isForAws: true, grants };
    const path = "/v1/access-keys";
    const created = await made.call(administratorToken, { method: "POST", path, body });
    return created.body as AwsKey;
  };
  const key = await keyFor("aws", everything);
  const client = sfnClient(made.url, key);
  const create = async (name: string, definition: string, more: object = {}) =>
    client.send(new sfn.CreateStateMachineCommand({ name, definition, roleArn, ...more }));
  const start = async (name: string, input: object = {}, more: object = {}) => {
    const given = { stateMachineArn: machine(name), input: JSON.stringify(input), ...more };
    const started = await client.send(new sfn.StartExecutionCommand(given));
    return started.executionArn ?? "";
  };
  const statusOf = async (executionArn: string) =>
    (await client.send(new sfn.DescribeExecutionCommand({ executionArn }))).status;
  const ended = async (executionArn: string) => {
    await expect.poll(() => statusOf(executionArn), { timeout: 20_000 }).not.toBe("RUNNING");
    return client.send(new sfn.DescribeExecutionCommand({ executionArn }));
  };
  return { ...made, key, keyFor, client, create, start, ended };
};

const text = (definition: object): string => JSON.stringify(definition);
const one = (state: object): string =>
  text({ QueryLanguage: "JSONata", StartAt: "One", States: { One: { ...state, End: true } } });

const double = one({ Type: "Pass", Output: { n: "{% $states.input.n * 2 %}" } });
const rest = one({ Type: "Wait", Seconds: 600 });
const failing = text({
  StartAt: "One",
  States: { One: { Type: "Fail", Error: "Broken", Cause: "It is." } },
});

/** Name of the error that a call ends with. */
const errorOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return "none";
  } catch (error) {
    if (error instanceof SFNServiceException) return error.name;
    throw error;
  }
};

const send = (client: SFNClient, name: string, input: object): Promise<unknown> => {
  const commands = sfn as unknown as Record<string, new (input: object) => never>;
  const Command = commands[`${name}Command`];
  if (Command === undefined) throw new Error(`the SDK has no ${name}`);
  return client.send(new Command(input));
};

test("every operation of the client is offered", () => {
  const offered = stepFunctionsOperations({ waitMsMax: 0 } as never).map(
    ({ operationId }) => operationId,
  );
  const known = Object.keys(sfn).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
  expect(known.length).toBeGreaterThan(30);
  expect(offered.toSorted()).toEqual(known.filter((name) => name !== "$").toSorted());
});

test("the documentation speaks of every operation", async () => {
  const page = await readFile(
    join(import.meta.dirname, "../../docs/step-functions-protocol.md"),
    "utf8",
  );
  const [, table = ""] = page.split("## Operations");
  const missing = stepFunctionsOperations({ waitMsMax: 0 } as never)
    .map(({ operationId }) => operationId)
    .filter((name) => !new RegExp(`^\\|[^|]*\\b${name}\\b[^|]*\\|`, "m").test(table));
  expect(missing).toEqual([]);
});

describe("a state machine", () => {
  test("is a process: it is created, started, described, and its history is read", async () => {
    const { client, create, start, ended, call } = await environment();
    const created = await create("double", double);
    const stateMachineArn = machine("double");
    expect(created.stateMachineArn).toBe(stateMachineArn);
    expect(
      await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn })),
    ).toMatchObject({
      name: "double",
      definition: double,
      roleArn,
      type: "STANDARD",
      status: "ACTIVE",
      creationDate: created.creationDate,
    });
    const executionArn = await start("double", { n: 21 }, { name: "one" });
    expect(executionArn).toBe(arn("execution:double:one"));
    expect(await ended(executionArn)).toMatchObject({
      executionArn,
      stateMachineArn,
      name: "one",
      input: '{"n":21}',
      output: '{"n":42}',
      redriveCount: 0,
      redriveStatus: "NOT_REDRIVABLE",
    });
    const { events } = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ id, type }) => [id, type])).toEqual([
      [1, "ExecutionStarted"],
      [2, "PassStateEntered"],
      [3, "PassStateExited"],
      [4, "ExecutionSucceeded"],
    ]);
    expect(events?.[0]?.executionStartedEventDetails).toEqual({
      input: '{"n":21}',
      inputDetails: { truncated: false },
      roleArn,
    });
    const machines = await client.send(new sfn.ListStateMachinesCommand({}));
    expect(machines.stateMachines?.map(({ name }) => name)).toEqual(["double"]);
    const shown = await call(administratorToken, { method: "GET", path: "/v1/processes/double" });
    expect(shown.body).toMatchObject({
      name: "double",
      version: 1,
      definition: JSON.parse(double),
    });
  });

  test("is created once: the same again is the same, another definition is refused", async () => {
    const { client, create } = await environment();
    const first = await create("double", double);
    expect((await create("double", double)).creationDate).toEqual(first.creationDate);
    expect(await errorOf(create("double", rest))).toBe("StateMachineAlreadyExists");
    expect(await errorOf(create("double", double, { type: "EXPRESS" }))).toBe(
      "StateMachineAlreadyExists",
    );
    const versions = await client.send(
      new sfn.ListStateMachineVersionsCommand({ stateMachineArn: machine("double") }),
    );
    expect(versions.stateMachineVersions).toHaveLength(1);
  });

  test("that was deployed as a document is the same if its definition is, and keeps its settings", async () => {
    const { create, call } = await environment();
    const document = `kind: Process\nname: yaml\ncategory: ops\ndefinition: ${double}`;
    await call(administratorToken, { method: "POST", path: "/v1/processes", body: { document } });
    await create("yaml", double);
    const { body } = await call(administratorToken, { method: "GET", path: "/v1/processes/yaml" });
    expect(body).toMatchObject({ version: 1, category: "ops" });
    expect(await errorOf(create("yaml", rest))).toBe("StateMachineAlreadyExists");
  });

  test("is updated to a new version unless nothing changes; what a YAML document says stays", async () => {
    const { client, call } = await environment();
    const document = `kind: Process\nname: yaml\ncategory: ops\nsettings: {persistence: onFailure}\ndefinition: ${double}`;
    await call(administratorToken, { method: "POST", path: "/v1/processes", body: { document } });
    const stateMachineArn = machine("yaml");
    const update = (more: object) =>
      client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn, ...more }));
    expect((await update({ definition: double })).revisionId).toBe("1");
    expect((await update({ definition: rest, publish: true })).stateMachineVersionArn).toBe(
      `${stateMachineArn}:2`,
    );
    expect((await update({ roleArn })).revisionId).toBe("2");
    const { body } = await call(administratorToken, { method: "GET", path: "/v1/processes/yaml" });
    expect(body).toMatchObject({ version: 2, category: "ops", definition: JSON.parse(rest) });
    expect(body.document).toContain("onFailure");
    const shown = await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    expect([JSON.parse(shown.definition ?? ""), shown.roleArn]).toEqual([
      JSON.parse(rest),
      roleArn,
    ]);
    expect(await errorOf(update({}))).toBe("MissingRequiredParameter");
  });

  test("is deleted with its aliases and tags, not with what runs; the name can be had again", async () => {
    const { client, create, start, ended } = await environment();
    await create("rest", rest, { tags: [{ key: "team", value: "ops" }] });
    const stateMachineArn = machine("rest");
    const executionArn = await start("rest");
    await client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn }));
    await client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn }));
    expect(await errorOf(start("rest"))).toBe("StateMachineDoesNotExist");
    expect((await client.send(new sfn.ListStateMachinesCommand({}))).stateMachines).toEqual([]);
    await client.send(new sfn.StopExecutionCommand({ executionArn, error: "Enough" }));
    expect(await ended(executionArn)).toMatchObject({ status: "ABORTED", error: "Enough" });
    await create("rest", rest);
    const tags = await client.send(
      new sfn.ListTagsForResourceCommand({ resourceArn: stateMachineArn }),
    );
    expect(tags.tags).toEqual([]);
    await start("rest");
  });

  test("has tags and a configuration that are kept and shown", async () => {
    const { client, create } = await environment();
    const loggingConfiguration = {
      level: "ERROR",
      includeExecutionData: true,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: "arn:aws:logs:x:1:log-group:y:*" } }],
    };
    const tracingConfiguration = { enabled: true };
    await create("double", double, { loggingConfiguration, tracingConfiguration });
    const stateMachineArn = machine("double");
    const shown = await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    expect(shown).toMatchObject({ loggingConfiguration, tracingConfiguration });
    const resourceArn = stateMachineArn;
    const tags = [
      { key: "a", value: "1" },
      { key: "b", value: "2" },
    ];
    await client.send(new sfn.TagResourceCommand({ resourceArn, tags }));
    await client.send(new sfn.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    const left = await client.send(new sfn.ListTagsForResourceCommand({ resourceArn }));
    expect(left.tags).toEqual([{ key: "b", value: "2" }]);
  });
});

describe("an execution", () => {
  test("has one name: the same start again while it runs is the same, else the name is taken", async () => {
    const { create, start, client } = await environment();
    await create("rest", rest);
    const executionArn = await start("rest", { a: 1 }, { name: "x" });
    expect(await start("rest", { a: 1 }, { name: "x" })).toBe(executionArn);
    expect(await errorOf(start("rest", { a: 2 }, { name: "x" }))).toBe("ExecutionAlreadyExists");
    const stopped = await client.send(new sfn.StopExecutionCommand({ executionArn }));
    expect(await errorOf(start("rest", { a: 1 }, { name: "x" }))).toBe("ExecutionAlreadyExists");
    const again = await client.send(new sfn.StopExecutionCommand({ executionArn }));
    expect(again.stopDate).toEqual(stopped.stopDate);
  });

  test("of an EXPRESS state machine is awaited; another one is not", async () => {
    const { client, create } = await environment();
    await create("quick", double, { type: "EXPRESS" });
    await create("double", double);
    const sync = (name: string) =>
      client.send(
        new sfn.StartSyncExecutionCommand({ stateMachineArn: machine(name), input: '{"n":3}' }),
      );
    const answered = await sync("quick");
    expect(answered).toMatchObject({ status: "SUCCEEDED", output: '{"n":6}', input: '{"n":3}' });
    expect(answered.executionArn).toMatch(/:express:quick:[^:]+:[0-9a-f-]{36}$/);
    const { executionArn } = answered;
    expect(await client.send(new sfn.DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: "SUCCEEDED",
    });
    expect(await errorOf(sync("double"))).toBe("StateMachineTypeNotSupported");
  });

  test("that failed is redriven", async () => {
    const { client, create, start, ended } = await environment();
    await create("failing", failing);
    const executionArn = await start("failing");
    expect(await ended(executionArn)).toMatchObject({
      status: "FAILED",
      error: "Broken",
      cause: "It is.",
      redriveStatus: "REDRIVABLE",
    });
    const { redriveDate } = await client.send(new sfn.RedriveExecutionCommand({ executionArn }));
    expect(redriveDate).toBeInstanceOf(Date);
    await expect
      .poll(async () => (await ended(executionArn)).redriveCount, { timeout: 20_000 })
      .toBe(1);
    const { events } = await client.send(
      new sfn.GetExecutionHistoryCommand({ executionArn, reverseOrder: true }),
    );
    expect(events?.map(({ type }) => type).toReversed()).toEqual([
      "ExecutionStarted",
      "FailStateEntered",
      "ExecutionFailed",
      "ExecutionRedriven",
      "ExecutionFailed",
    ]);
    const other = await start("failing", {}, { name: "other" });
    await ended(other);
    const listed = async (given: object = {}) => {
      const input = { stateMachineArn: machine("failing"), ...given };
      const { executions = [] } = await client.send(new sfn.ListExecutionsCommand(input));
      return executions.map(({ name, redriveCount, redriveDate: at }) => [name, redriveCount, at]);
    };
    const [name] = executionArn.split(":").slice(-1);
    const shown = await client.send(new sfn.DescribeExecutionCommand({ executionArn }));
    expect(shown.redriveDate).toEqual(redriveDate);
    await expect.poll(listed).toEqual([
      ["other", 0, undefined],
      [name, 1, redriveDate],
    ]);
    expect(await listed({ redriveFilter: "REDRIVEN" })).toEqual([[name, 1, redriveDate]]);
    expect(await listed({ redriveFilter: "NOT_REDRIVEN" })).toEqual([["other", 0, undefined]]);
    await create("double", double);
    const well = await start("double", { n: 1 });
    await ended(well);
    expect(
      await errorOf(client.send(new sfn.RedriveExecutionCommand({ executionArn: well }))),
    ).toBe("ExecutionNotRedrivable");
  });

  test("has a history that is read in pages, from either end, with and without its data", async () => {
    const { client, create, start, ended } = await environment();
    await create("double", double);
    const executionArn = await start("double", { n: 1 });
    await ended(executionArn);
    const read = async (more: object) => {
      const ids: (number | undefined)[] = [];
      const pages = sfn.paginateGetExecutionHistory(
        { client, pageSize: 3 },
        { executionArn, ...more },
      );
      for await (const { events = [] } of pages) {
        expect(events.length).toBeLessThanOrEqual(3);
        ids.push(...events.map(({ id }) => id));
      }
      return ids;
    };
    expect(await read({})).toEqual([1, 2, 3, 4]);
    expect(await read({ reverseOrder: true })).toEqual([4, 3, 2, 1]);
    const bare = await client.send(
      new sfn.GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }),
    );
    expect(bare.events?.[1]?.stateEnteredEventDetails).toEqual({ name: "One" });
    const token = { executionArn, nextToken: "made-up" };
    expect(await errorOf(send(client, "GetExecutionHistory", token))).toBe("InvalidToken");
  });
});

describe("an alias", () => {
  test("gives each version its share, and executions say by which alias they came", async () => {
    const { client, create, start, ended } = await environment();
    await create("double", double, { publish: true });
    const stateMachineArn = machine("double");
    const triple = double.replace("* 2", "* 3");
    await client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn, definition: triple }));
    const published = await client.send(
      new sfn.PublishStateMachineVersionCommand({ stateMachineArn }),
    );
    expect(published.stateMachineVersionArn).toBe(`${stateMachineArn}:2`);
    const route = (version: number, weight: number) => ({
      stateMachineVersionArn: `${stateMachineArn}:${version}`,
      weight,
    });
    const made = await client.send(
      new sfn.CreateStateMachineAliasCommand({
        name: "live",
        routingConfiguration: [route(1, 50), route(2, 50)],
      }),
    );
    const stateMachineAliasArn = `${stateMachineArn}:live`;
    expect(made.stateMachineAliasArn).toBe(stateMachineAliasArn);
    const results = new Set<string | undefined>();
    for (let count = 0; count < 60 && results.size < 2; count += 1) {
      const shown = await ended(await start("double:live", { n: 1 }));
      expect(shown.stateMachineAliasArn).toBe(stateMachineAliasArn);
      const version = shown.output === '{"n":2}' ? 1 : 2;
      expect(shown.stateMachineVersionArn).toBe(`${stateMachineArn}:${version}`);
      results.add(shown.output);
    }
    expect([...results].toSorted()).toEqual(['{"n":2}', '{"n":3}']);
    await start("double", { n: 1 }, { name: "without" });
    const listed = await client.send(
      new sfn.ListExecutionsCommand({ stateMachineArn: stateMachineAliasArn }),
    );
    expect(listed.executions?.some(({ name }) => name === "without")).toBe(false);
    await client.send(
      new sfn.UpdateStateMachineAliasCommand({
        stateMachineAliasArn,
        description: "all on 2",
        routingConfiguration: [route(2, 100)],
      }),
    );
    const shown = await client.send(
      new sfn.DescribeStateMachineAliasCommand({ stateMachineAliasArn }),
    );
    expect(shown).toMatchObject({
      name: "live",
      description: "all on 2",
      routingConfiguration: [route(2, 100)],
    });
    const aliases = await client.send(new sfn.ListStateMachineAliasesCommand({ stateMachineArn }));
    expect(aliases.stateMachineAliases).toHaveLength(1);
    await client.send(new sfn.DeleteStateMachineAliasCommand({ stateMachineAliasArn }));
    expect(await errorOf(start("double:live"))).toBe("StateMachineDoesNotExist");
  });
});

describe("an activity", () => {
  test("is asked for by a worker, which answers by the token", async () => {
    const { client, create, start, ended } = await environment();
    const { activityArn } = await client.send(new sfn.CreateActivityCommand({ name: "print" }));
    expect(activityArn).toBe(arn("activity:print"));
    await create("printing", one({ Type: "Task", Resource: activityArn, Arguments: { page: 1 } }));
    const executionArn = await start("printing");
    const task = await client.send(
      new sfn.GetActivityTaskCommand({ activityArn, workerName: "printer-3" }),
    );
    expect(task.input).toBe('{"page":1}');
    const { taskToken } = task;
    await client.send(new sfn.SendTaskHeartbeatCommand({ taskToken }));
    expect(await errorOf(send(client, "SendTaskSuccess", { taskToken, output: "{" }))).toBe(
      "InvalidOutput",
    );
    await client.send(new sfn.SendTaskSuccessCommand({ taskToken, output: '{"done":true}' }));
    expect(await ended(executionArn)).toMatchObject({ output: '{"done":true}' });
    expect(await errorOf(send(client, "SendTaskFailure", { taskToken }))).toBe("TaskTimedOut");
    const { events } = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
    const scheduled = events?.find(({ type }) => type === "ActivityScheduled");
    expect(scheduled?.activityScheduledEventDetails).toMatchObject({
      resource: activityArn,
      input: '{"page":1}',
    });
    const listed = await client.send(new sfn.ListActivitiesCommand({}));
    expect(listed.activities?.map(({ name }) => name)).toEqual(["print"]);
    await client.send(new sfn.DeleteActivityCommand({ activityArn }));
    expect(await errorOf(send(client, "DescribeActivity", { activityArn }))).toBe(
      "ActivityDoesNotExist",
    );
  });
});

test("a map run is listed and described, and its children are listed by it", async () => {
  const { client, create, start, ended } = await environment();
  const processor = {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    StartAt: "Item",
    States: { Item: { Type: "Pass", End: true } },
  };
  await create("many", one({ Type: "Map", Items: [1, 2, 3], ItemProcessor: processor }));
  const executionArn = await start("many");
  await ended(executionArn);
  const { mapRuns } = await client.send(new sfn.ListMapRunsCommand({ executionArn }));
  expect(mapRuns).toHaveLength(1);
  const mapRunArn = mapRuns?.[0]?.mapRunArn ?? "";
  expect(await client.send(new sfn.DescribeMapRunCommand({ mapRunArn }))).toMatchObject({
    executionArn,
    status: "SUCCEEDED",
    itemCounts: { total: 3, succeeded: 3 },
    executionCounts: { total: 3, succeeded: 3 },
  });
  const { events } = await client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
  const began = events?.find(({ type }) => type === "MapRunStarted");
  expect(began?.mapRunStartedEventDetails).toEqual({ mapRunArn });
  const { executions } = await client.send(new sfn.ListExecutionsCommand({ mapRunArn }));
  expect(executions?.map((child) => child.mapRunArn)).toEqual([mapRunArn, mapRunArn, mapRunArn]);
  const child = executions?.[0]?.executionArn ?? "";
  expect(await ended(child)).toMatchObject({ status: "SUCCEEDED", mapRunArn });
  // It has ended.
  expect(await errorOf(send(client, "UpdateMapRun", { mapRunArn, maxConcurrency: 2 }))).toBe(
    "ValidationException",
  );
});

test("a map run that works is given another concurrency and tolerance", async () => {
  const { client, create, start, ended, audit } = await environment();
  const processor = {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    StartAt: "Item",
    States: { Item: { Type: "Wait", Seconds: 600, End: true } },
  };
  const map = { Type: "Map", Items: [1, 2, 3], MaxConcurrency: 1, ItemProcessor: processor };
  await create("many", one(map));
  const executionArn = await start("many");
  const runs = async () =>
    (await client.send(new sfn.ListMapRunsCommand({ executionArn }))).mapRuns?.length;
  await expect.poll(runs).toBe(1);
  const { mapRuns } = await client.send(new sfn.ListMapRunsCommand({ executionArn }));
  const mapRunArn = mapRuns?.[0]?.mapRunArn ?? "";
  const described = () => client.send(new sfn.DescribeMapRunCommand({ mapRunArn }));
  const running = async () => (await described()).executionCounts?.running;
  await expect.poll(running).toBe(1);
  const update = (given: object) =>
    client.send(new sfn.UpdateMapRunCommand({ mapRunArn, ...given }));
  await update({ maxConcurrency: 3, toleratedFailureCount: 1 });
  expect(await described()).toMatchObject({ maxConcurrency: 3, toleratedFailureCount: 1 });
  await expect.poll(running).toBe(3);
  const children = async () => {
    const found = await client.send(new sfn.ListExecutionsCommand({ mapRunArn }));
    return found.executions?.map((child) => child.executionArn ?? "") ?? [];
  };
  await expect.poll(async () => (await children()).length).toBe(3);
  const [first = "", second = ""] = await children();
  await client.send(new sfn.StopExecutionCommand({ executionArn: first }));
  await expect.poll(async () => (await described()).executionCounts?.aborted).toBe(1);
  await update({ toleratedFailurePercentage: 50 });
  expect(await described()).toMatchObject({
    status: "RUNNING",
    maxConcurrency: 3,
    toleratedFailureCount: 1,
    toleratedFailurePercentage: 50,
  });
  await client.send(new sfn.StopExecutionCommand({ executionArn: second }));
  expect((await ended(executionArn)).error).toBe("States.ExceedToleratedFailureThreshold");
  for (const given of [
    { maxConcurrency: -1 },
    { toleratedFailureCount: 1.5 },
    { toleratedFailurePercentage: 101 },
  ])
    expect(await errorOf(update(given))).toBe("ValidationException");
  await audit.flush();
  const { entries } = await audit.list({ limit: 10, operation: "UpdateMapRun", kind: "changed" });
  expect(entries).toMatchObject([
    { before: { toleratedFailurePercentage: 0 }, after: { toleratedFailurePercentage: 50 } },
    { before: { maxConcurrency: 1 }, after: { maxConcurrency: 3, toleratedFailureCount: 1 } },
  ]);
});

test("a version is deleted once no alias leads to it, and what runs of it goes on", async () => {
  const { client, create, start, ended } = await environment();
  await create("double", double);
  const stateMachineArn = machine("double");
  const definition = one({ Type: "Pass", Output: { n: 0 } });
  await client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn, definition }));
  const first = `${stateMachineArn}:1`;
  const executionArn = await start("double:1", { n: 2 });
  await client.send(
    new sfn.CreateStateMachineAliasCommand({
      name: "live",
      routingConfiguration: [{ stateMachineVersionArn: first, weight: 100 }],
    }),
  );
  const remove = (version: string) =>
    send(client, "DeleteStateMachineVersion", { stateMachineVersionArn: version });
  expect(await errorOf(remove(first))).toBe("ConflictException");
  expect(await errorOf(remove(`${stateMachineArn}:2`))).toBe("ConflictException");
  const stateMachineAliasArn = `${stateMachineArn}:live`;
  await client.send(new sfn.DeleteStateMachineAliasCommand({ stateMachineAliasArn }));
  await remove(first);
  await remove(first);
  expect(await errorOf(remove(stateMachineArn))).toBe("InvalidArn");
  const { stateMachineVersions } = await client.send(
    new sfn.ListStateMachineVersionsCommand({ stateMachineArn }),
  );
  expect(stateMachineVersions?.map((version) => version.stateMachineVersionArn)).toEqual([
    `${stateMachineArn}:2`,
  ]);
  expect(await errorOf(send(client, "StartExecution", { stateMachineArn: first }))).toBe(
    "StateMachineDoesNotExist",
  );
  expect(await errorOf(send(client, "DescribeStateMachine", { stateMachineArn: first }))).toBe(
    "StateMachineDoesNotExist",
  );
  expect(await ended(executionArn)).toMatchObject({
    output: '{"n":4}',
    stateMachineVersionArn: first,
  });
  const forExecution = async () =>
    client.send(new sfn.DescribeStateMachineForExecutionCommand({ executionArn }));
  expect(await forExecution()).toMatchObject({ definition: double, revisionId: "1" });
  await client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn }));
  expect(await forExecution()).toMatchObject({ definition: double, revisionId: "1" });
});

test("a state is tested and a definition is validated", async () => {
  const { client } = await environment();
  const tested = await client.send(
    new sfn.TestStateCommand({
      definition: text({
        Type: "Task",
        QueryLanguage: "JSONata",
        Resource: "arn:aws:states:::aws-sdk:s3:listBuckets",
        Output: "{% $count($states.result.Buckets) %}",
        End: true,
      }),
      roleArn,
      inspectionLevel: "DEBUG",
      mock: { result: '{"Buckets":[{"Name":"a"}]}' },
    }),
  );
  expect(tested).toMatchObject({ status: "SUCCEEDED", output: "1" });
  expect(tested.inspectionData?.result).toBe('{"Buckets":[{"Name":"a"}]}');
  const validate = (definition: string) =>
    client.send(new sfn.ValidateStateMachineDefinitionCommand({ definition }));
  expect(await validate(double)).toMatchObject({ result: "OK", diagnostics: [] });
  const wrong = await validate(text({ StartAt: "B", States: { A: { Type: "Succeed" } } }));
  expect(wrong.result).toBe("FAIL");
  expect(wrong.diagnostics?.[0]).toMatchObject({ severity: "ERROR", location: "/StartAt" });
  expect((await validate("{")).diagnostics?.[0]?.code).toBe("INVALID_JSON_DESCRIPTION");
});

describe("what is asked wrongly", () => {
  const there = { stateMachineArn: machine("double") };
  const noMachine = machine("nowhere");
  /** More levels than those who print it have stack for. */
  const tooDeep = "[".repeat(20_000) + "]".repeat(20_000);
  const noExecution = arn("execution:double:nowhere");
  const cases: readonly [operation: string, input: object, error: string][] = [
    ["CreateStateMachine", { name: "a b", definition: double, roleArn }, "InvalidName"],
    ["CreateStateMachine", { name: "a", definition: "{", roleArn }, "InvalidDefinition"],
    ["CreateStateMachine", { name: "a", definition: "[]", roleArn }, "InvalidDefinition"],
    ["CreateStateMachine", { name: "a", definition: "{}", roleArn }, "InvalidDefinition"],
    [
      "CreateStateMachine",
      { name: "a", definition: text({ kind: "Process", name: "b", definition: {} }), roleArn },
      "InvalidDefinition",
    ],
    ["CreateStateMachine", { name: "a", definition: double, roleArn: "me" }, "InvalidArn"],
    ["CreateStateMachine", { name: "a", definition: double }, "ValidationException"],
    ["CreateStateMachine", { name: 5, definition: double, roleArn }, "ValidationException"],
    [
      "CreateStateMachine",
      { name: "a", definition: double, roleArn, versionDescription: "x" },
      "ValidationException",
    ],
    [
      "CreateStateMachine",
      { name: "a", definition: double, roleArn, loggingConfiguration: { level: "ALL" } },
      "InvalidLoggingConfiguration",
    ],
    [
      "CreateStateMachine",
      {
        name: "a",
        definition: double,
        roleArn,
        encryptionConfiguration: { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: "k" },
      },
      "InvalidEncryptionConfiguration",
    ],
    [
      "CreateStateMachine",
      {
        name: "a",
        definition: double,
        roleArn,
        tags: Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: "" })),
      },
      "TooManyTags",
    ],
    ["UpdateStateMachine", { stateMachineArn: noMachine, roleArn }, "StateMachineDoesNotExist"],
    ["UpdateStateMachine", { ...there, definition: "{}" }, "InvalidDefinition"],
    ["DescribeStateMachine", { stateMachineArn: noMachine }, "StateMachineDoesNotExist"],
    ["DescribeStateMachine", { stateMachineArn: `${noMachine}:9` }, "StateMachineDoesNotExist"],
    ["DescribeStateMachine", { stateMachineArn: machine("double:9") }, "StateMachineDoesNotExist"],
    ["DescribeStateMachine", { stateMachineArn: "double" }, "InvalidArn"],
    ["DescribeStateMachine", { stateMachineArn: noExecution }, "InvalidArn"],
    [
      "DescribeStateMachine",
      { stateMachineArn: "arn:aws:states:us-east-1:111111111111:stateMachine:double" },
      "InvalidArn",
    ],
    ["DescribeStateMachineForExecution", { executionArn: noExecution }, "ExecutionDoesNotExist"],
    ["DeleteStateMachine", { stateMachineArn: "x" }, "InvalidArn"],
    [
      "DeleteStateMachineVersion",
      { stateMachineVersionArn: machine("double:1") },
      "ConflictException",
    ],
    ["ListStateMachines", { nextToken: "made-up" }, "InvalidToken"],
    ["ListStateMachines", { maxResults: 1001 }, "ValidationException"],
    ["ListStateMachineVersions", { stateMachineArn: noMachine }, "StateMachineDoesNotExist"],
    ["PublishStateMachineVersion", { stateMachineArn: noMachine }, "StateMachineDoesNotExist"],
    ["PublishStateMachineVersion", { ...there, revisionId: "9" }, "ConflictException"],
    ["StartExecution", { stateMachineArn: noMachine }, "StateMachineDoesNotExist"],
    ["StartExecution", { stateMachineArn: machine("double:no") }, "StateMachineDoesNotExist"],
    ["StartExecution", { stateMachineArn: "nothing" }, "InvalidArn"],
    ["StartExecution", { ...there, input: "{" }, "InvalidExecutionInput"],
    ["StartExecution", { ...there, input: tooDeep }, "InvalidExecutionInput"],
    ["StartExecution", { ...there, name: "a b" }, "InvalidName"],
    ["StartExecution", {}, "ValidationException"],
    ["StartSyncExecution", { stateMachineArn: noMachine }, "StateMachineDoesNotExist"],
    ["StopExecution", { executionArn: noExecution }, "ExecutionDoesNotExist"],
    ["StopExecution", { executionArn: "x" }, "InvalidArn"],
    ["RedriveExecution", { executionArn: noExecution }, "ExecutionDoesNotExist"],
    ["DescribeExecution", { executionArn: noExecution }, "ExecutionDoesNotExist"],
    ["DescribeExecution", { executionArn: machine("double") }, "InvalidArn"],
    ["ListExecutions", { stateMachineArn: noMachine }, "StateMachineDoesNotExist"],
    ["ListExecutions", {}, "ValidationException"],
    ["ListExecutions", { mapRunArn: arn("mapRun:double/One:x") }, "ResourceNotFound"],
    ["ListExecutions", { ...there, nextToken: "made-up" }, "InvalidToken"],
    ["ListExecutions", { ...there, statusFilter: "DONE" }, "ValidationException"],
    ["GetExecutionHistory", { executionArn: noExecution }, "ExecutionDoesNotExist"],
    ["ListMapRuns", { executionArn: noExecution }, "ExecutionDoesNotExist"],
    ["DescribeMapRun", { mapRunArn: arn("mapRun:double/One:x") }, "ResourceNotFound"],
    ["CreateActivity", { name: "a/b" }, "InvalidName"],
    ["DescribeActivity", { activityArn: arn("activity:none") }, "ActivityDoesNotExist"],
    ["GetActivityTask", { activityArn: arn("activity:none") }, "ActivityDoesNotExist"],
    ["GetActivityTask", { activityArn: "none" }, "InvalidArn"],
    ["SendTaskSuccess", { taskToken: "x", output: "{}" }, "InvalidToken"],
    ["SendTaskSuccess", { taskToken: "double:a/0.1/5f0c", output: tooDeep }, "InvalidOutput"],
    ["SendTaskFailure", { taskToken: "x" }, "InvalidToken"],
    ["SendTaskHeartbeat", { taskToken: "no:where/0.1/5f0c" }, "TaskDoesNotExist"],
    ["TagResource", { resourceArn: noMachine, tags: [] }, "ResourceNotFound"],
    ["UntagResource", { resourceArn: arn("activity:none"), tagKeys: [] }, "ResourceNotFound"],
    ["ListTagsForResource", { resourceArn: noExecution }, "InvalidArn"],
    [
      "CreateStateMachineAlias",
      {
        name: "1",
        routingConfiguration: [{ stateMachineVersionArn: machine("double:1"), weight: 100 }],
      },
      "InvalidName",
    ],
    [
      "CreateStateMachineAlias",
      {
        name: "a",
        routingConfiguration: [{ stateMachineVersionArn: machine("double:1"), weight: 99 }],
      },
      "ValidationException",
    ],
    [
      "CreateStateMachineAlias",
      {
        name: "a",
        routingConfiguration: [{ stateMachineVersionArn: machine("double:9"), weight: 100 }],
      },
      "ResourceNotFound",
    ],
    [
      "DescribeStateMachineAlias",
      { stateMachineAliasArn: machine("double:none") },
      "ResourceNotFound",
    ],
    ["DeleteStateMachineAlias", { stateMachineAliasArn: machine("double") }, "InvalidArn"],
    [
      "UpdateStateMachineAlias",
      { stateMachineAliasArn: machine("double:none"), description: "x" },
      "ResourceNotFound",
    ],
    ["TestState", { definition: "{" }, "InvalidDefinition"],
    [
      "TestState",
      { definition: text({ Type: "Pass", End: true }), input: "{" },
      "InvalidExecutionInput",
    ],
    [
      "TestState",
      { definition: text({ Type: "Pass", End: true }), input: tooDeep },
      "InvalidExecutionInput",
    ],
    [
      "TestState",
      {
        definition: text({
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution",
          End: true,
        }),
        roleArn,
      },
      "ValidationException",
    ],
    ["ValidateStateMachineDefinition", { definition: "" }, "ValidationException"],
  ];

  test("has the error that the service has for it", async () => {
    const { client, create } = await environment();
    await create("double", double);
    const found: [string, object, string][] = [];
    for (const [operation, input] of cases)
      found.push([operation, input, await errorOf(send(client, operation, input))]);
    expect(found).toEqual(cases);
  });

  test("names no operation, or no key, or a wrong one", async () => {
    const { url, key, create } = await environment();
    await create("double", double);
    const raw = async (headers: Record<string, string>, body = "{}") => {
      const response = await fetch(url, { method: "POST", headers, body });
      const answer = (await response.json()) as { __type?: string; code?: string };
      return [response.status, answer.__type ?? answer.code];
    };
    const target = (name: string) => ({ "x-amz-target": `AWSStepFunctions.${name}` });
    const authorization = `Bearer ${administratorToken}`;
    expect(await raw({ ...target("DescribeSecrets") })).toEqual([400, "UnknownOperationException"]);
    expect(await raw({ "x-amz-target": "DynamoDB_20120810.GetItem" })).toEqual([
      400,
      "UnknownOperationException",
    ]);
    expect(await raw({})).toEqual([404, "not-found"]);
    expect(await raw(target("ListStateMachines"))).toEqual([
      403,
      "MissingAuthenticationTokenException",
    ]);
    expect(await raw({ ...target("ListStateMachines"), authorization })).toEqual([200, undefined]);
    expect(await raw({ ...target("ListStateMachines"), authorization }, "{")).toEqual([
      400,
      "SerializationException",
    ]);
    expect(await raw({ ...target("ListStateMachines"), authorization }, "[]")).toEqual([
      400,
      "SerializationException",
    ]);
    const stranger = sfnClient(url, { ...key, secret: "wrong" });
    expect(await errorOf(stranger.send(new sfn.ListStateMachinesCommand({})))).toBe(
      "UnrecognizedClientException",
    );
  });
});

describe("a client", () => {
  test("whose clock is wrong corrects it by the answer", async () => {
    const { url, key } = await environment();
    const skewed = sfnClient(url, key, { systemClockOffset: 3_600_000 });
    expect(await errorOf(skewed.send(new sfn.ListStateMachinesCommand({})))).toBe(
      "InvalidSignatureException",
    );
    expect(await errorOf(skewed.send(new sfn.ListStateMachinesCommand({})))).toBe("none");
  });
});

test("whoever waits is answered before a gateway cuts the call off", async () => {
  const { client, create } = await environment({ limits: { waitMsMax: 200 } });
  const { activityArn } = await client.send(new sfn.CreateActivityCommand({ name: "print" }));
  const task = await client.send(new sfn.GetActivityTaskCommand({ activityArn }));
  expect(task.taskToken ?? undefined).toBeUndefined();
  await create("slow", one({ Type: "Wait", Seconds: 250 }), { type: "EXPRESS" });
  const sync = { stateMachineArn: machine("slow"), name: "waits" };
  expect(await errorOf(send(client, "StartSyncExecution", sync))).toBe("ExecutionStillRunning");
  const { executions } = await client.send(
    new sfn.ListExecutionsCommand({ stateMachineArn: machine("slow"), statusFilter: "RUNNING" }),
  );
  expect(executions?.map(({ name }) => name)).toEqual(["waits"]);
});

test("the audit is told of what changes, by whom and of what, and of nothing that only reads", async () => {
  const { client, create, start, call } = await environment();
  await create("double", double);
  await start("double", { n: 1 });
  await client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn: machine("double") }));
  await client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn: machine("double") }));
  const changes = async () => {
    const path = "/v1/audit?principal=key:aws&kind=changed";
    const { body } = await call(administratorToken, { method: "GET", path });
    return body.entries.map(({ operation, object }: { operation: string; object: string }) => [
      operation,
      object,
    ]);
  };
  await expect.poll(changes).toEqual([
    ["DeleteStateMachine", "double"],
    ["CreateStateMachine", "double"],
  ]);
});

describe("a key of a role", () => {
  test("may do by the protocol what it may do by the REST API", async () => {
    const { url, keyFor, create, start } = await environment();
    await create("double", double);
    await create("rest", rest);
    const executionArn = await start("rest");
    const auditor = sfnClient(
      url,
      await keyFor("auditor", { role: "Auditor", scope: { kind: "all" } }),
    );
    const caller = sfnClient(
      url,
      await keyFor("caller", { role: "Northbound", scope: { kind: "named", names: ["double"] } }),
    );
    const stateMachineArn = machine("double");
    const outcome = async (client: SFNClient, name: string, input: object) =>
      errorOf(send(client, name, input));
    expect(await outcome(auditor, "DescribeExecution", { executionArn })).toBe("none");
    expect(await outcome(auditor, "StopExecution", { executionArn })).toBe("AccessDeniedException");
    expect(await outcome(auditor, "StartExecution", { stateMachineArn })).toBe(
      "AccessDeniedException",
    );
    expect(
      await outcome(auditor, "CreateStateMachine", { name: "x", definition: double, roleArn }),
    ).toBe("AccessDeniedException");
    expect(await outcome(caller, "StartExecution", { stateMachineArn, input: '{"n":1}' })).toBe(
      "none",
    );
    expect(await outcome(caller, "StartExecution", { stateMachineArn: machine("rest") })).toBe(
      "StateMachineDoesNotExist",
    );
    expect(await outcome(caller, "DescribeExecution", { executionArn })).toBe(
      "ExecutionDoesNotExist",
    );
    expect(await outcome(caller, "ListStateMachines", {})).toBe("AccessDeniedException");
  });
});
