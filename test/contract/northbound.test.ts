import { EventSourceParserStream } from "eventsource-parser/stream";
import { afterEach, expect, test, vi } from "vitest";
import { createAccess } from "#access/access.ts";
import { createAudit } from "#access/audit/create-audit.ts";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { processCatalog } from "#catalog/process-catalog.ts";
import { stateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { createEngine } from "#engine/create-engine.ts";
import { createExecutions, descriptionOf } from "#engine/create-executions.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import { KnownDescriptions } from "#engine/known-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import { embeddedSettings } from "#engine/settings.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import { northbound } from "#northbound/app.ts";
import { bearerTokens } from "#northbound/bearer-tokens.ts";
import type { LogEntry } from "#northbound/edge.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { alertStore } from "#tasks/alert-store.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { fc } from "../fast-check.ts";
import { documented, type Shown, shown } from "../unit/northbound/documented.ts";
import { webApp } from "../unit/northbound/web-app.ts";

const token = "sesame-0123456789";
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A whole environment on the memory platform; every answer is held against the served document. */
const environment = async () => {
  const clock = systemClock;
  const { nowMs } = clock;
  const platform = memoryPlatform({ clock });
  const { documents } = platform;
  const alerts = alertStore({ documents, nowMs });
  const runner = adapterRegistry([coreAdapter({ alerts })], { nowMs });
  const processes = processCatalog({ documents, nowMs, knowsResource: runner.knowsResource });
  const known = new KnownDescriptions();
  const logged: LogEntry[] = [];
  const drains = new Drains({
    documents,
    clock: clock,
    server: "server-1",
    targetOf: runner.targetOf,
  });
  const context = {
    drains,
    platform,
    clock,
    entropy: systemEntropy,
    runner,
    program: processes.program,
    settings: embeddedSettings,
    server: "server-1",
    onSystemEvent: () => {},
  };
  const engine = createEngine({
    ...context,
    onEnd: ({ state, seq }) => known.put(descriptionOf(state, seq)),
  });
  closers.push(() => engine.close({ graceMs: 1000 }));
  const api = northbound({
    engine,
    executions: createExecutions({ ...context, onCommit: engine.onCommit, known }),
    processes,
    stateMachines: stateMachineCatalog({ documents, nowMs }),
    restarts: createRestarts({ ...context, start: engine.start, effectOf: runner.effectOf }),
    alerts,
    servers: { list: async () => [], remove: async () => undefined },
    systemEvents: systemEventStore({
      documents,
      clock: clock,
      entropy: systemEntropy,
      server: "server-1",
    }),
    drains: createDrainOperations({ ...context, drains, inFlight: engine.inFlight }),
    environment: "TEST",
    version: "0.0.0",
    server: "server-1",
    nowMs,
    audit: createAudit({
      documents,
      clock,
      entropy: systemEntropy,
      server: "server-1",
      onDropped: () => undefined,
    }),
    access: createAccess({ documents, clock, sealing: aesSealing(() => new Uint8Array(32)) }),
    authenticate: bearerTokens([{ principal: "key:admin", token }]),
    log: (entry) => logged.push(entry),
  });
  const app = webApp(api);
  const { conforms } = await documented(app);
  const call = async (method: "GET" | "POST", path: string, body?: unknown) => {
    const response = await app.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await conforms(response, method, path);
    return response;
  };
  const get = async (path: string) => shown(await call("GET", path));
  const post = async (path: string, body: unknown) => shown(await call("POST", path, body));
  const deploy = async (document: string) => {
    const { code, detail, diagnostics } = await post("/v1/processes", { document });
    expect([code, detail, diagnostics]).toEqual([undefined, undefined, undefined]);
  };
  const run = async (process: string, input: unknown = {}) =>
    post("/v1/executions", { process, input, waitSeconds: 20 });
  /** What another server sees, and how often it has read a whole log. */
  const another = () => {
    const load = vi.fn(platform.log.load);
    const executions = createExecutions({
      ...context,
      platform: { ...platform, log: { ...platform.log, load } },
      onCommit: engine.onCommit,
      known: new KnownDescriptions(),
    });
    return { executions, load };
  };
  return { app, call, get, post, deploy, run, logged, another };
};

const processOf = (name: string, states: string, rest = "") => `
kind: Process
name: ${name}
${rest}
definition:
  QueryLanguage: JSONata
  StartAt: First
  States:
${states.replaceAll(/^/gm, "    ")}`;

const double = processOf(
  "double",
  `First: {Type: Pass, Output: {n: '{% $states.input.n * 2 %}'}, End: true}`,
  "inputSchema: {type: object, required: [n], properties: {n: {type: number}}}",
);
const rest = processOf("rest", "First: {Type: Wait, Seconds: 600, End: true}");
const nap = processOf(
  "nap",
  "First: {Type: Wait, Seconds: 1, Next: Second}\nSecond: {Type: Pass, End: true}",
);
const alarm = processOf(
  "alarm",
  `First:
  Type: Task
  Resource: holdfast:core:raiseAlert
  Arguments: {severity: critical, title: 'orders is down', subject: 'https://orders.example'}
  End: true`,
);

test("what a server knows of an execution it shows again without reading its log, until another server has gone on with it", async () => {
  const { deploy, post, another } = await environment();
  await deploy(rest);
  await post("/v1/executions", { process: "rest", name: "a" });
  const { executions, load } = another();
  const status = async () => (await executions.describe("rest:a")).status;
  expect([await status(), await status()]).toEqual(["RUNNING", "RUNNING"]);
  expect(load).toHaveBeenCalledTimes(1);
  await post("/v1/executions/rest:a/stop", {});
  expect([await status(), await status()]).toEqual(["ABORTED", "ABORTED"]);
  expect(load).toHaveBeenCalledTimes(2);
  await post("/v1/executions/rest:a/redrive", {});
  expect([await status(), await status()]).toEqual(["RUNNING", "RUNNING"]);
  expect(load).toHaveBeenCalledTimes(3);
});

test("a process is deployed, started, awaited, shown and listed", async () => {
  const { deploy, get, run } = await environment();
  await deploy(double);
  const execution = (await run("double", { n: 21 })) as Shown & { executionId: string };
  expect(execution).toMatchObject({
    process: "double",
    version: 1,
    status: "SUCCEEDED",
    startedBy: "key:admin",
    input: { n: 21 },
    output: { n: 42 },
  });
  expect(await get(`/v1/executions/${execution.executionId}`)).toEqual(execution);
  const { events } = await get(`/v1/executions/${execution.executionId}/history`);
  expect(events.map((event) => (event as unknown as { type: string }).type)).toEqual([
    "ExecutionStarted",
    "PassStateEntered",
    "PassStateExited",
    "ExecutionSucceeded",
  ]);
  const { executions } = await get("/v1/executions?status=SUCCEEDED&process=double");
  expect(executions).toMatchObject([{ executionId: execution.executionId }]);
  expect((await get("/v1/executions?status=FAILED")).executions).toEqual([]);
});

test("an execution that ended in a business failure says so, alone and in the list", async () => {
  const { deploy, get, run } = await environment();
  await deploy(
    processOf(
      "ask",
      "First: {Type: Fail, Error: Refused, Cause: Said no, Orchestration: {Completed: true}}",
    ),
  );
  const said = { status: "FAILED", error: "Refused", outcome: "failed (completed)" };
  const { executionId } = (await run("ask")) as Shown & { executionId: string };
  expect(await get(`/v1/executions/${executionId}`)).toMatchObject({ ...said, cause: "Said no" });
  expect((await get("/v1/executions?status=FAILED")).executions).toMatchObject([said]);
});

test("a signal is recorded once under its id and ends the state that waits for it", async () => {
  const { deploy, get, post } = await environment();
  await deploy(
    processOf(
      "ask",
      "First: {Type: Task, Resource: 'holdfast:signals:wait', Arguments: {Names: [ok]}, End: true}",
    ),
  );
  const started = (await post("/v1/executions", { process: "ask", input: {} })) as Shown & {
    executionId: string;
  };
  const path = `/v1/executions/${started.executionId}`;
  expect(await get(path)).toMatchObject({ waitingFor: { kind: "signal", state: "First" } });
  expect((await post(`${path}/signals`, { name: "no blanks" })).code).toBe("signal-invalid");
  const signal = { name: "ok", id: "once", payload: { by: "ann" } };
  for (let time = 0; time < 2; time += 1)
    expect(await post(`${path}/signals`, signal)).toEqual({
      executionId: started.executionId,
      name: "ok",
      id: "once",
    });
  expect(await get(path)).toMatchObject({ status: "SUCCEEDED", output: { ok: { by: "ann" } } });
  expect((await post(`${path}/signals`, { name: "ok" })).code).toBe("execution-ended");
  expect((await post("/v1/executions/ask:other/signals", { name: "ok" })).code).toBe(
    "execution-not-found",
  );
});

test("an execution is done again from a state on, and each names the other", async () => {
  const { deploy, get, post, run } = await environment();
  const steps = (cause: string) =>
    processOf(
      "steps",
      `First: {Type: Task, Resource: 'holdfast:core:echo', Arguments: {a: 1}, Next: Last}
Last: {Type: Fail, Error: Broken, Cause: ${cause}, Orchestration: {StartPoint: end}}`,
    );
  await deploy(steps("first"));
  const { executionId } = (await run("steps")) as Shown & { executionId: string };
  await deploy(steps("second"));
  const path = `/v1/executions/${executionId}`;
  const from = { startPoint: "end" };
  expect(await get(path)).not.toHaveProperty("restarts");
  expect(await post(`${path}/restart`, { from, preview: true })).toMatchObject({
    restartOf: { executionId, eventId: 7 },
    version: 1,
    state: "Last",
    input: { a: 1 },
    states: [{ name: "Last", within: [], type: "Fail" }],
  });
  const wanted = { from, version: "newest", name: "again" };
  const again = await post(`${path}/restart`, wanted);
  expect(again).toMatchObject({
    executionId: "steps:again",
    version: 2,
    beginsAt: { state: "Last", startPoint: "end" },
    restartOf: { executionId, eventId: 7 },
  });
  expect(await post(`${path}/restart`, wanted)).toMatchObject({ executionId: "steps:again" });
  expect(await get("/v1/executions/steps:again")).toMatchObject({ cause: "second" });
  expect(await get(path)).toMatchObject({ cause: "first", restarts: ["steps:again"] });
  for (const [body, code] of [
    [{ from: {} }, "request-invalid"],
    [{ from: { state: "Last", startPoint: "end" } }, "request-invalid"],
    [{ from: { state: "Middle" } }, "execution-not-restartable"],
    [{ from: { startPoint: "middle" } }, "start-point-not-found"],
    [{ from, version: 9 }, "process-not-found"],
  ] as const)
    expect((await post(`${path}/restart`, body)).code).toBe(code);
});

test("a start at a start point begins there, and is not held against the inputSchema", async () => {
  const { deploy, post } = await environment();
  await deploy(
    processOf(
      "half",
      `First: {Type: Pass, Next: Second}
Second: {Type: Pass, End: true, Orchestration: {StartPoint: true}}`,
      "inputSchema: {type: object, required: [n]}",
    ),
  );
  const given = { process: "half", input: { later: 1 }, waitSeconds: 20 };
  expect(await post("/v1/executions", { ...given, startPoint: "Second" })).toMatchObject({
    status: "SUCCEEDED",
    transitionCount: 1,
    output: { later: 1 },
    beginsAt: { state: "Second", startPoint: "Second" },
  });
  expect((await post("/v1/executions", given)).code).toBe("input-invalid");
  expect((await post("/v1/executions", { ...given, startPoint: "Third" })).code).toBe(
    "start-point-not-found",
  );
});

test("an input that does not fit, a bad document and an unknown adapter are refused", async () => {
  const { deploy, post } = await environment();
  await deploy(double);
  const misfit = await post("/v1/executions", { process: "double", input: { n: "x" } });
  expect(misfit).toMatchObject({ code: "input-invalid", problems: [{ path: "/n" }] });
  for (const [document, code] of [
    [double.replace("End: true", "Next: Nowhere"), "process-invalid"],
    [
      double.replace("Type: Pass", "Type: Task, Resource: 'holdfast:nobody:knows'"),
      "process-invalid",
    ],
    ["kind: Process\n\tname: [", "process-invalid"],
    ["", "process-invalid"],
  ] as const) {
    const refused = await post("/v1/processes", { document, fileName: "double.yaml" });
    expect([refused.code, refused.diagnostics.length > 0], document).toEqual([code, true]);
    const { diagnostics } = await post("/v1/processes/validate", { document });
    expect(diagnostics).toEqual(refused.diagnostics);
  }
});

test("starts of one name at the same time make one execution", async () => {
  const { deploy, call, get } = await environment();
  await deploy(rest);
  const body = { process: "rest", name: "only", input: { b: 1, a: [2] } };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => call("POST", "/v1/executions", body)),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array.from({ length: 19 }, () => 200), 201]);
  expect((await get("/v1/executions")).executions).toHaveLength(1);
  const other = await call("POST", "/v1/executions", { ...body, input: {} });
  expect([other.status, (await shown(other)).code]).toEqual([409, "execution-name-taken"]);
});

test("an execution is stopped with its reason, once", async () => {
  const { deploy, post, get } = await environment();
  await deploy(rest);
  await post("/v1/executions", { process: "rest", name: "a" });
  await expect
    .poll(() => get("/v1/executions/rest:a"))
    .toMatchObject({ waitingFor: { kind: "timer" } });
  const stopped = await post("/v1/executions/rest:a/stop", { error: "Enough", cause: "said so" });
  expect(stopped).toMatchObject({ status: "ABORTED", error: "Enough", cause: "said so" });
  expect((await post("/v1/executions/rest:a/stop", {})).code).toBe("execution-ended");
  expect((await post("/v1/executions/rest:b/stop", {})).code).toBe("execution-not-found");
});

test("events are followed live to the end, and again from any of them", async () => {
  const { deploy, post, call } = await environment();
  await deploy(nap);
  await post("/v1/executions", { process: "nap", name: "a" });
  const follow = async (after: number) => {
    const { body } = await call("GET", `/v1/executions/nap:a/events?after=${after}`);
    const seen: [string | undefined, unknown][] = [];
    const lines = body
      ?.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
      .pipeThrough(new EventSourceParserStream());
    for await (const { id, data } of lines ?? []) {
      const { type, status } = JSON.parse(data) as { type?: string; status?: string };
      seen.push([id, type ?? status]);
    }
    return seen;
  };
  const live = await follow(0);
  expect(live).toEqual([
    ["1", "ExecutionStarted"],
    ["2", "WaitStateEntered"],
    ["3", "WaitStateExited"],
    ["4", "PassStateEntered"],
    ["5", "PassStateExited"],
    ["6", "ExecutionSucceeded"],
    [undefined, "SUCCEEDED"],
  ]);
  expect(await follow(4)).toEqual(live.slice(4));
  expect(await follow(6)).toEqual(live.slice(6));
});

test("alerts that executions raise are listed, shown and closed", async () => {
  const { deploy, run, get, post } = await environment();
  await deploy(alarm);
  for (let count = 0; count < 3; count += 1) await run("alarm");
  const first = await get("/v1/alerts?status=open&limit=2");
  const second = await get(`/v1/alerts?status=open&limit=2&after=${first.next}`);
  expect([first.alerts.length, second.alerts.length, second.next]).toEqual([2, 1, undefined]);
  const [alert] = second.alerts as readonly { alertId: string }[];
  expect(alert).toMatchObject({ severity: "critical", title: "orders is down" });
  const closed = await post(`/v1/alerts/${alert?.alertId}/close`, { reason: "repaired" });
  expect(closed).toMatchObject({ status: "closed", closeReason: "repaired" });
  expect((await get("/v1/alerts?status=open")).alerts).toHaveLength(2);
  expect((await get("/v1/alerts?status=closed")).alerts).toEqual([closed]);
});

test("lists go on where the page before ended, whatever starts meanwhile", async () => {
  const { deploy, post, get } = await environment();
  for (const name of ["a", "b", "c"]) await deploy(double.replace("double", name));
  const names = async (after = ""): Promise<readonly string[]> => {
    const page = await get(`/v1/processes?limit=1${after}`);
    const here = page.processes.map(({ name }) => name);
    return page.next === undefined ? here : [...here, ...(await names(`&after=${page.next}`))];
  };
  expect(await names()).toEqual(["a", "b", "c"]);
  for (let n = 0; n < 7; n += 1) await post("/v1/executions", { process: "a", input: { n } });
  const seen: string[] = [];
  for (let after = ""; ; ) {
    const page = await get(`/v1/executions?limit=3${after}`);
    seen.push(...page.executions.map(({ executionId }) => executionId));
    if (page.next === undefined) break;
    after = `&after=${page.next}`;
    await post("/v1/executions", { process: "b", input: { n: 1 } });
  }
  expect(new Set(seen).size).toBe(7);
  expect(seen).toHaveLength(7);
});

test("no id, name, input or document makes the server fail", async () => {
  const { app, deploy, logged } = await environment();
  await deploy(double);
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.constant("double"));
  const segment = text.map((value) => encodeURIComponent(value.toWellFormed()));
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await app.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.status, `${method} ${path} ${JSON.stringify(body)}`).toBeLessThan(500);
    await response.body?.cancel();
  };
  const document = fc.oneof(
    text,
    fc.json(),
    text.map((value) => double.replace("Pass", value)),
  );
  const made = fc.record({ id: segment, name: text, input: fc.jsonValue(), sent: document });
  await fc.assert(
    fc.asyncProperty(made, async ({ id, name, input, sent }) => {
      await send("GET", `/v1/executions/${id}`);
      await send("GET", `/v1/executions/${id}/history`);
      await send("GET", `/v1/executions/${id}/events`);
      await send("POST", `/v1/executions/${id}/stop`, {});
      await send("GET", `/v1/executions?process=${id}`);
      await send("GET", `/v1/processes/${id}?version=3`);
      await send("GET", `/v1/alerts/${id}`);
      await send("POST", `/v1/alerts/${id}/close`, {});
      await send("POST", "/v1/executions", { process: name, input });
      await send("POST", "/v1/executions", { process: "double", name, input });
      await send("POST", "/v1/processes", { document: sent, fileName: name });
    }),
    { numRuns: 100 },
  );
  expect(logged).toEqual([]);
});

const ask = processOf(
  "ask",
  `First:
  Type: Task
  Resource: arn:aws:states:eu-west-1:1:activity:copy
  Arguments: {n: 1}
  TimeoutSeconds: 600
  HeartbeatSeconds: 60
  Catch: [{ErrorEquals: [Declined], Next: Second, Output: '{% $states.errorOutput %}'}]
  End: true
Second: {Type: Pass, End: true}`,
);

test("a worker asks for a task, is given it alone, and answers by its token", async () => {
  const { deploy, get, post } = await environment();
  await deploy(ask);
  const tasks = "/v1/activities/copy/tasks";
  expect(await post(tasks, { waitSeconds: 0 })).toEqual({});
  const asking = post(tasks, { worker: "w1" });
  await post("/v1/executions", { process: "ask", name: "a" });
  const { task } = (await asking) as unknown as { task: { token: string } };
  expect(task).toMatchObject({
    executionId: "ask:a",
    state: "First",
    attempt: 1,
    input: { n: 1 },
    heartbeatSeconds: 60,
  });
  await post("/v1/executions", { process: "ask", name: "b" });
  await expect.poll(() => get(tasks)).toMatchObject({ tasks: [{ executionId: "ask:b" }] });
  expect(await get("/v1/executions?waitingFor=callback")).toMatchObject({
    executions: [{ executionId: "ask:a", waitingFor: { kind: "callback", state: "First" } }],
  });
  expect(await get("/v1/executions?waitingFor=worker")).toMatchObject({
    executions: [{ executionId: "ask:b" }],
  });
  const { token } = task;
  const whose = { executionId: "ask:a", state: "First" };
  expect(await post("/v1/task-tokens/heartbeat", { token })).toEqual(whose);
  expect(await post("/v1/task-tokens/failure", { token, error: "Declined" })).toEqual(whose);
  expect(await get("/v1/executions/ask:a")).toMatchObject({
    status: "SUCCEEDED",
    output: { Error: "Declined", Cause: "" },
  });
});

test("a token that nobody waits for is refused by the name that Step Functions has for it", async () => {
  const { deploy, get, post, logged } = await environment();
  await deploy(ask);
  await post("/v1/executions", { process: "ask", name: "a" });
  const { task } = (await post("/v1/activities/copy/tasks", {})) as unknown as {
    task: { token: string };
  };
  const { token } = task;
  const succeed = (given: string) =>
    post("/v1/task-tokens/success", { token: given, output: [1.5] });
  expect(await succeed("nonsense")).toMatchObject({ status: 400, error: "InvalidToken" });
  expect(await succeed(token.replace("ask:a", "ask:z"))).toMatchObject({
    status: 404,
    error: "TaskDoesNotExist",
  });
  expect(await succeed(`${token}0`)).toMatchObject({ status: 409, error: "TaskTimedOut" });
  expect((await get("/v1/executions/ask:a")).status).toBe("RUNNING");
  await succeed(token);
  const late = await succeed(token);
  expect(late).toMatchObject({ status: 409, error: "TaskTimedOut", code: "task-not-waiting" });
  expect(JSON.stringify(late)).not.toContain(token);
  expect(await get("/v1/executions/ask:a")).toMatchObject({ status: "SUCCEEDED", output: [1.5] });
  expect(logged).toEqual([]);
});
