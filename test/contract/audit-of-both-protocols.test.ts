import { expect, test } from "vitest";
import type { AuditEntry } from "#access/audit/audit.ts";
import { accessEnvironment } from "./access-environment.ts";

const rest = { StartAt: "Rest", States: { Rest: { Type: "Wait", Seconds: 600, End: true } } };
const shorter = { StartAt: "Rest", States: { Rest: { Type: "Wait", Seconds: 6, End: true } } };
const ask = {
  StartAt: "Ask",
  States: {
    Ask: { Type: "Task", Resource: "arn:aws:states:local:000000000000:activity:a", End: true },
  },
};
const spread = {
  StartAt: "Spread",
  States: {
    Spread: {
      Type: "Map",
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
        ...rest,
      },
      End: true,
    },
  },
};
const prefix = "arn:aws:states:local:000000000000:";
const roleArn = "arn:aws:iam::000000000000:role/any";

const environment = async () => {
  const made = await accessEnvironment([
    { name: "ann", grants: [{ role: "Administrator", scope: { kind: "all" } }] },
  ]);
  const { call, engine } = made;
  const byRest = (method: string, path: string, body?: unknown) =>
    call("ann", { method, path: `/v1${path}`, body });
  const byService = (name: string, body: object) =>
    call("ann", {
      method: "POST",
      path: "/",
      body,
      headers: { "x-amz-target": `AWSStepFunctions.${name}` },
    });
  /** Of both doors: what was told at the end of the call, and of what at its beginning. */
  const told = async (operation: string) => {
    const { entries } = await made.audit.list({ limit: 100, operation });
    const [done] = entries.filter(({ kind }) => kind === "changed");
    const begun = entries.find(({ entryId }) => entryId === done?.of);
    return { done, begun };
  };
  const start = async (process: string) => {
    await engine.start({ process, name: "one", input: {}, startedBy: "key:ann" });
    await expect
      .poll(async () => (await made.executions.describe(`${process}:one`)).waitingFor?.kind)
      .toBeDefined();
  };
  const token = async (): Promise<string> => {
    const claimed = await engine.claim("a", { timeoutMs: 20_000 });
    return claimed?.token ?? "";
  };
  const mapRun = async (): Promise<string> => {
    const found = async () => (await made.executions.describe("p:one")).mapRuns?.[0];
    await expect.poll(found).toBeDefined();
    return (await found()) ?? "";
  };
  return { ...made, byRest, byService, told, start, token, mapRun };
};

type Environment = Awaited<ReturnType<typeof environment>>;

/** The same change by either door, of a process of its own that is called `p`. */
interface Case {
  readonly operations: readonly [rest: string, service: string];
  readonly definition?: object;
  readonly before?: (made: Environment) => Promise<unknown>;
  readonly rest: (made: Environment) => Promise<{ readonly status: number }>;
  readonly service: (made: Environment) => Promise<{ readonly status: number }>;
}

const document = (definition: object) => JSON.stringify({ kind: "Process", name: "p", definition });
const machine = `${prefix}stateMachine:p`;
const executionArn = `${prefix}execution:p:one`;
const route = { version: 1, weight: 100 };
const routingConfiguration = [{ stateMachineVersionArn: `${machine}:1`, weight: 100 }];
const stopped = async ({ start, engine }: Environment) => {
  await start("p");
  await engine.stop("p:one", { by: "key:ann", error: "Enough" });
};

const cases: Readonly<Record<string, Case>> = {
  "a first deployment": {
    operations: ["deployProcess", "CreateStateMachine"],
    rest: ({ byRest }) => byRest("POST", "/processes", { document: document(rest) }),
    service: ({ byService }) =>
      byService("CreateStateMachine", { name: "p", definition: JSON.stringify(rest), roleArn }),
  },
  "a further deployment": {
    operations: ["deployProcess", "UpdateStateMachine"],
    definition: rest,
    rest: ({ byRest }) => byRest("POST", "/processes", { document: document(shorter) }),
    service: ({ byService }) =>
      byService("UpdateStateMachine", {
        stateMachineArn: machine,
        definition: JSON.stringify(shorter),
      }),
  },
  "a new alias": {
    operations: ["putAlias", "CreateStateMachineAlias"],
    definition: rest,
    rest: ({ byRest }) => byRest("PUT", "/processes/p/aliases/live", { routes: [route] }),
    service: ({ byService }) =>
      byService("CreateStateMachineAlias", { name: "live", routingConfiguration }),
  },
  "a change of an alias": {
    operations: ["putAlias", "UpdateStateMachineAlias"],
    definition: rest,
    before: ({ byRest }) => byRest("PUT", "/processes/p/aliases/live", { routes: [route] }),
    rest: ({ byRest }) =>
      byRest("PUT", "/processes/p/aliases/live", { routes: [route], description: "Mine" }),
    service: ({ byService }) =>
      byService("UpdateStateMachineAlias", {
        stateMachineAliasArn: `${machine}:live`,
        description: "Mine",
      }),
  },
  "the end of an alias": {
    operations: ["removeAlias", "DeleteStateMachineAlias"],
    definition: rest,
    before: ({ byRest }) => byRest("PUT", "/processes/p/aliases/live", { routes: [route] }),
    rest: ({ byRest }) => byRest("DELETE", "/processes/p/aliases/live"),
    service: ({ byService }) =>
      byService("DeleteStateMachineAlias", { stateMachineAliasArn: `${machine}:live` }),
  },
  "the end of a version": {
    operations: ["removeProcessVersion", "DeleteStateMachineVersion"],
    definition: rest,
    before: ({ byRest }) => byRest("POST", "/processes", { document: document(ask) }),
    rest: ({ byRest }) => byRest("DELETE", "/processes/p/versions/1"),
    service: ({ byService }) =>
      byService("DeleteStateMachineVersion", { stateMachineVersionArn: `${machine}:1` }),
  },
  "the end of a process": {
    operations: ["removeProcess", "DeleteStateMachine"],
    definition: rest,
    rest: ({ byRest }) => byRest("DELETE", "/processes/p"),
    service: ({ byService }) => byService("DeleteStateMachine", { stateMachineArn: machine }),
  },
  "tags of a process": {
    operations: ["putProcessTags", "TagResource"],
    definition: rest,
    rest: ({ byRest }) => byRest("PUT", "/processes/p/tags", { tags: { team: "a" } }),
    service: ({ byService }) =>
      byService("TagResource", { resourceArn: machine, tags: [{ key: "team", value: "a" }] }),
  },
  "an activity that is announced": {
    operations: ["putActivity", "CreateActivity"],
    rest: ({ byRest }) => byRest("PUT", "/activities/print", { tags: { team: "a" } }),
    service: ({ byService }) =>
      byService("CreateActivity", { name: "print", tags: [{ key: "team", value: "a" }] }),
  },
  "the end of an activity": {
    operations: ["removeActivity", "DeleteActivity"],
    before: ({ byRest }) => byRest("PUT", "/activities/print", { tags: { team: "a" } }),
    rest: ({ byRest }) => byRest("DELETE", "/activities/print"),
    service: ({ byService }) =>
      byService("DeleteActivity", { activityArn: `${prefix}activity:print` }),
  },
  "another concurrency of a map run": {
    operations: ["updateMapRun", "UpdateMapRun"],
    definition: spread,
    before: ({ engine }) =>
      engine.start({ process: "p", name: "one", input: [1], startedBy: "key:ann" }),
    rest: async ({ byRest, mapRun }) =>
      byRest("POST", `/map-runs/${encodeURIComponent(await mapRun())}/limits`, {
        maxConcurrency: 7,
        toleratedFailureCount: 2,
      }),
    service: async ({ byService, mapRun }) =>
      byService("UpdateMapRun", {
        mapRunArn: `${prefix}mapRun:${await mapRun()}`,
        maxConcurrency: 7,
        toleratedFailureCount: 2,
      }),
  },
  "a stop": {
    operations: ["stopExecution", "StopExecution"],
    definition: rest,
    before: ({ start }) => start("p"),
    rest: ({ byRest }) => byRest("POST", "/executions/p:one/stop", { error: "E", cause: "C" }),
    service: ({ byService }) =>
      byService("StopExecution", { executionArn, error: "E", cause: "C" }),
  },
  "a redrive": {
    operations: ["redriveExecution", "RedriveExecution"],
    definition: rest,
    before: stopped,
    rest: ({ byRest }) => byRest("POST", "/executions/p:one/redrive", {}),
    service: ({ byService }) => byService("RedriveExecution", { executionArn }),
  },
  "a success by a token": {
    operations: ["sendTaskSuccess", "SendTaskSuccess"],
    definition: ask,
    before: ({ start }) => start("p"),
    rest: async ({ byRest, token }) =>
      byRest("POST", "/task-tokens/success", { token: await token(), output: 1 }),
    service: async ({ byService, token }) =>
      byService("SendTaskSuccess", { taskToken: await token(), output: "1" }),
  },
  "a failure by a token": {
    operations: ["sendTaskFailure", "SendTaskFailure"],
    definition: ask,
    before: ({ start }) => start("p"),
    rest: async ({ byRest, token }) =>
      byRest("POST", "/task-tokens/failure", { token: await token(), error: "No" }),
    service: async ({ byService, token }) =>
      byService("SendTaskFailure", { taskToken: await token(), error: "No" }),
  },
};

const instants = /^\d{4}-\d\d-\d\dT/;

/** Without the instants, and without what only the one protocol has. */
const comparable = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(
        JSON.stringify(value, (name, inner) =>
          name === "stateMachine" || (typeof inner === "string" && instants.test(inner))
            ? undefined
            : inner,
        ),
      );

const contentOf = (entry: AuditEntry | undefined) => {
  expect(entry).toBeDefined();
  const { principal, from, object, kind, status, before, after } = entry ?? ({} as AuditEntry);
  return {
    principal,
    from,
    object,
    kind,
    isMade: status === 200 || status === 201,
    before: comparable(before),
    after: comparable(after),
  };
};

test.each(Object.entries(cases))(
  "%s is told alike, by whichever protocol it comes",
  async (_, { operations, definition, before, ...doors }) => {
    const contents = [];
    for (const [index, door] of (["rest", "service"] as const).entries()) {
      const made = await environment();
      if (definition !== undefined)
        await made.processes.deploy({ text: document(definition), deployedBy: "key:ann" });
      await before?.(made);
      expect((await doors[door](made)).status).toBeLessThan(300);
      await made.audit.flush();
      const { done, begun } = await made.told(operations[index] ?? "");
      const content = contentOf(done);
      expect(content.before ?? content.after).toBeDefined();
      // The path of REST names it from the beginning on, but for what a body makes or a token names.
      if (door === "service" && !operations[1].startsWith("SendTask"))
        expect(begun?.object).toBe(content.object);
      contents.push(content);
    }
    expect(contents[1]).toEqual(contents[0]);
  },
);

test("what only the Step Functions protocol changes is told with before and after, too", async () => {
  const { byService, told, audit, byRest } = await environment();
  await byService("CreateStateMachine", { name: "p", definition: JSON.stringify(rest), roleArn });
  await byService("UpdateStateMachine", { stateMachineArn: machine, roleArn: `${roleArn}-2` });
  await byService("TagResource", { resourceArn: machine, tags: [{ key: "team", value: "a" }] });
  await byService("UntagResource", { resourceArn: machine, tagKeys: ["team"] });
  await byService("DeleteStateMachine", { stateMachineArn: machine });
  await byService("CreateActivity", { name: "print" });
  await byService("DeleteActivity", { activityArn: `${prefix}activity:print` });
  await audit.flush();
  const change = async (operation: string) => {
    const { done } = await told(operation);
    return { object: done?.object, before: done?.before, after: done?.after };
  };
  expect(await change("UpdateStateMachine")).toMatchObject({
    object: "p",
    before: { version: 1, stateMachine: { roleArn } },
    after: { version: 1, isNew: false, stateMachine: { roleArn: `${roleArn}-2` } },
  });
  const tags = [{ tags: {} }, { tags: { team: "a" } }];
  expect(await change("TagResource")).toEqual({ object: "p", before: tags[0], after: tags[1] });
  expect(await change("UntagResource")).toEqual({ object: "p", before: tags[1], after: tags[0] });
  expect(await change("DeleteStateMachine")).toMatchObject({
    object: "p",
    before: { name: "p", version: 1 },
  });
  expect(await change("CreateActivity")).toMatchObject({
    object: "print",
    after: { name: "print" },
  });
  expect(await change("DeleteActivity")).toMatchObject({
    object: "print",
    before: { name: "print" },
  });
  const { body } = await byRest("GET", "/audit?object=p&kind=changed");
  expect(body.entries).toHaveLength(5);
});

test("a denied call of the Step Functions protocol says what it was about", async () => {
  const { call, audit, processes, engine } = await accessEnvironment([
    {
      name: "eve",
      grants: [
        { role: "Auditor", scope: { kind: "all" } },
        { role: "Creator-owner", scope: { kind: "all" } },
      ],
    },
  ]);
  await processes.deploy({ text: document(rest), deployedBy: "key:ann" });
  await engine.start({ process: "p", name: "one", input: {}, startedBy: "key:ann" });
  const headers = { "x-amz-target": "AWSStepFunctions.StopExecution" };
  await call("eve", { method: "POST", path: "/", body: { executionArn }, headers });
  await audit.flush();
  const { entries } = await audit.list({ limit: 10 });
  expect(entries).toMatchObject([{ kind: "denied", operation: "StopExecution", object: "p:one" }]);
});
