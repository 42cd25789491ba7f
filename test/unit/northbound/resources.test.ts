import { expect, test } from "vitest";
import { documented, shown } from "./documented.ts";
import { environment, startedAtMs, token } from "./stand-in.ts";

/** Calls whose answers are held against the document that the app serves. */
const setUp = async () => {
  const made = environment();
  const { conforms } = await documented(made.app);
  const get = async (path: string) => {
    const response = await made.get(path);
    await conforms(response, "GET", path);
    return { status: response.status, headers: response.headers, body: await shown(response) };
  };
  const post = async (path: string, sent: unknown) => {
    const response = await made.post(path, sent);
    await conforms(response, "POST", path);
    return { status: response.status, headers: response.headers, body: await shown(response) };
  };
  const remove = async (path: string) => {
    const headers = { "holdfast-reason": "it is gone" };
    const response = await made.get(path, { method: "DELETE", headers });
    await conforms(response, "DELETE", path);
    return { status: response.status, headers: response.headers, body: await shown(response) };
  };
  return { ...made, get, post, remove };
};

const running = {
  executionId: "hello:a",
  process: "hello",
  version: 1,
  name: "a",
  status: "RUNNING",
  startedAt: "2026-11-23T08:15:30.125Z",
  startedBy: "key:admin",
  waitingFor: { kind: "timer", state: "Rest", since: "2026-11-23T08:15:30.125Z" },
};

test("health says who answers, to anybody", async () => {
  const { app } = environment();
  const response = await app.request("/v1/health");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    status: "ok",
    environment: "TEST",
    version: "0.0.0",
    server: "server-1",
    startedAt: "2026-11-23T08:15:30.125Z",
    warnings: [{ code: "administrator-alone", message: expect.any(String) }],
  });
});

test("a start answers 201 with the execution, and 200 with the same one when repeated", async () => {
  const { post } = await setUp();
  const first = await post("/v1/executions", { process: "hello", name: "a", input: { x: 1 } });
  expect(first.status).toBe(201);
  expect(first.headers.get("location")).toBe("/v1/executions/hello:a");
  expect(first.body).toEqual({
    ...running,
    input: { x: 1 },
    transitionCount: 1,
    eventCount: 1,
    recordCount: 1,
  });
  const again = await post("/v1/executions", { process: "hello", name: "a", input: { x: 1 } });
  expect(again.status).toBe(200);
  expect(again.body).toEqual(first.body);
});

test("a start that is repeated after a deployment is still the same start", async () => {
  const { post } = await setUp();
  await post("/v1/executions", { process: "hello", name: "a" });
  await post("/v1/processes", { document: "name: hello # 2" });
  expect((await post("/v1/executions", { process: "hello", name: "a" })).status).toBe(200);
  const pinned = await post("/v1/executions", { process: "hello", name: "a", version: 2 });
  expect([pinned.status, pinned.body.code]).toEqual([409, "execution-name-taken"]);
});

test("an input is kept as it was sent", async () => {
  const { post, app } = await setUp();
  const text =
    '{"z":1.0,"a":[null,true,1.5,-0,1e400,12345678901234567890123,"ü\\u0000"],"__proto__":{"polluted":1},"constructor":"x","1":2}';
  await post("/v1/executions", `{"process":"hello","name":"a","input":${text}}`);
  const response = await app.request("/v1/executions/hello:a", {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await response.text()).toContain(`"input":${text},`);
});

test("a number of the API may be written in any way, and is checked by its value", async () => {
  const { post } = await setUp();
  const start = (fields: string) => post("/v1/executions", `{"process":"hello",${fields}}`);
  expect((await start('"version":1.0,"waitSeconds":0.0,"input":1.0')).status).toBe(201);
  expect((await start('"version":1.50')).body.code).toBe("request-invalid");
  expect((await start('"waitSeconds":1e400')).body.code).toBe("request-invalid");
  expect((await start('"name":1.0')).body.code).toBe("request-invalid");
});

test("input defaults to an empty object, and may be any JSON value", async () => {
  const { post } = await setUp();
  expect((await post("/v1/executions", { process: "hello" })).body.input).toEqual({});
  for (const input of [null, false, 0, "", []]) {
    expect((await post("/v1/executions", { process: "hello", input })).body.input).toEqual(input);
  }
});

test("a start with waitSeconds answers with the end", async () => {
  const { post, end } = await setUp();
  const waiting = post("/v1/executions", { process: "hello", name: "a", waitSeconds: 20 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  end("hello:a", { done: true });
  const { status, body } = await waiting;
  expect(status).toBe(201);
  expect(body).toMatchObject({
    status: "SUCCEEDED",
    output: { done: true },
    stoppedAt: "2026-11-23T08:15:31.125Z",
  });
});

test("a start whose wait is over answers that it is running", async () => {
  const { post } = await setUp();
  const { status, body } = await post("/v1/executions", { process: "hello", waitSeconds: 0.05 });
  expect(status).toBe(201);
  expect(body.status).toBe("RUNNING");
});

test("a wait holds nothing once the client has gone away", async () => {
  const { post, listenerCount } = environment();
  const client = new AbortController();
  const body = { process: "hello", waitSeconds: 29 };
  const waiting = post("/v1/executions", body, { signal: client.signal });
  await expect.poll(listenerCount).toBe(1);
  client.abort();
  await waiting;
  expect(listenerCount()).toBe(0);
});

test("a start is refused with what is wrong and what to do", async () => {
  const { post } = await setUp();
  await post("/v1/executions", { process: "hello", name: "a", input: 1 });
  const cases = [
    [{ process: "nobody" }, 404, "process-not-found"],
    [{ process: "hello", version: 7 }, 404, "process-not-found"],
    [{ process: "hello", name: "a", input: 2 }, 409, "execution-name-taken"],
    [{ process: "hello", name: "not good" }, 422, "execution-name-invalid"],
    [{ process: "strict", input: {} }, 422, "input-invalid"],
    [{ process: "hello", waitSeconds: 30 }, 400, "request-invalid"],
    [{ process: "hello", version: 0 }, 400, "request-invalid"],
    [{ process: "hello", version: 1.5 }, 400, "request-invalid"],
    [{ process: "" }, 400, "request-invalid"],
    [[], 400, "request-invalid"],
    ["null", 400, "request-invalid"],
    ["", 400, "request-invalid"],
  ] as const;
  for (const [sent, status, code] of cases) {
    const { body, ...answer } = await post("/v1/executions", sent);
    expect([answer.status, body.code], JSON.stringify(sent)).toEqual([status, code]);
    expect(body).toMatchObject({ type: `urn:holdfast:problem:${code}`, status });
    expect(body.detail.length > 10 && body.action.length > 10 && body.title.length > 5).toBe(true);
  }
});

test("an input that does not fit names each field", async () => {
  const { post } = await setUp();
  const { body } = await post("/v1/executions", { process: "strict", input: {} });
  expect(body.problems).toEqual([{ path: "/who", message: "is missing" }]);
  expect(body.detail).toContain("/who is missing");
});

test("an unknown field is refused with the field that was meant", async () => {
  const { post } = await setUp();
  const { status, body } = await post("/v1/executions", { proces: "hello", "__proto__ ": 1 });
  expect(status).toBe(400);
  expect(body.problems).toEqual([
    { in: "body", path: "/process", message: "It is missing; string expected." },
    {
      in: "body",
      path: "/proces",
      message: 'There is no such field; did you mean "process"?',
    },
    expect.objectContaining({ path: "/__proto__ " }),
  ]);
});

test("an execution is found with its colon raw or percent-encoded", async () => {
  const { post, get } = await setUp();
  await post("/v1/executions", { process: "hello", name: "a", input: 1 });
  const raw = await get("/v1/executions/hello:a");
  expect(raw.status).toBe(200);
  expect((await get("/v1/executions/hello%3Aa")).body).toEqual(raw.body);
  expect((await get("/v1/executions/hello%3aa/history")).status).toBe(200);
  expect((await get("/v1/executions/hello:b")).body.code).toBe("execution-not-found");
});

test("executions are listed page by page and by filter", async () => {
  const { post, get, end } = await setUp();
  for (const name of ["a", "b", "c"]) await post("/v1/executions", { process: "hello", name });
  await post("/v1/executions", { process: "strict", name: "d", input: { who: 1 } });
  end("hello:b", 1);
  const first = await get("/v1/executions?limit=3");
  expect(first.body.executions[0]).toEqual(running);
  expect(first.body.executions).toHaveLength(3);
  const second = await get(`/v1/executions?limit=3&after=${first.body.next}`);
  expect(second.body.executions.map(({ executionId }) => executionId)).toEqual(["strict:d"]);
  expect(second.body.next).toBeUndefined();
  const ended = await get("/v1/executions?process=hello&status=SUCCEEDED");
  expect(ended.body.executions.map(({ name }) => name)).toEqual(["b"]);
});

test("a place in a list is good for that list only", async () => {
  const { post, get } = await setUp();
  for (const name of ["a", "b"]) await post("/v1/executions", { process: "hello", name });
  const { body } = await get("/v1/executions?limit=1");
  for (const path of [
    `/v1/executions?limit=1&status=RUNNING&after=${body.next}`,
    `/v1/processes?limit=1&after=${body.next}`,
    "/v1/executions?after=garbage",
    "/v1/alerts?after=%7B%7D",
    "/v1/processes?after=",
  ]) {
    const refused = await get(path);
    expect([refused.status, refused.body.problems[0]?.path], path).toEqual([400, "/after"]);
  }
});

test("a query is validated", async () => {
  const { get } = await setUp();
  for (const query of [
    "limit=0",
    "limit=1001",
    "limit=ten",
    "limit=",
    "limit=1&limit=2",
    "limit=1e400",
    "status=DONE",
    "statuss=RUNNING",
  ]) {
    const { status, body } = await get(`/v1/executions?${query}`);
    expect([status, body.code], query).toEqual([400, "request-invalid"]);
  }
  expect((await get("/v1/executions?statuss=RUNNING")).body.detail).toContain(
    'did you mean "status"?',
  );
});

test("a page of a history ends early where its events are large, and none is lost", async () => {
  const { get, post, happen, app } = environment();
  await post("/v1/executions", { process: "hello", name: "a" });
  for (let index = 0; index < 30; index += 1)
    happen("hello:a", "PassStateEntered", { name: "P", input: "x".repeat(200_000) });
  const all = Array.from({ length: 31 }, (_, index) => index + 1);
  const ids: number[] = [];
  let pages = 0;
  for (let after: number | undefined = 0; after !== undefined; pages += 1) {
    const text = await (
      await get(`/v1/executions/hello:a/history?limit=1000&after=${after}`)
    ).text();
    expect(text.length).toBeLessThan(1_500_000);
    const { events, next } = JSON.parse(text);
    ids.push(...events.map(({ id }: { id: number }) => id));
    after = next;
  }
  expect(ids).toEqual(all);
  expect(pages).toBeGreaterThan(4);

  for (const reverseOrder of [false, true]) {
    const found: number[] = [];
    let nextToken: string | undefined;
    do {
      const response = await app.request("/", {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": "AWSStepFunctions.GetExecutionHistory",
        },
        body: JSON.stringify({
          executionArn: "arn:aws:states:local:000000000000:execution:hello:a",
          maxResults: 1000,
          reverseOrder,
          nextToken,
        }),
      });
      const text = await response.text();
      expect(text.length).toBeLessThan(1_500_000);
      const page = JSON.parse(text);
      found.push(...page.events.map(({ id }: { id: number }) => id));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found).toEqual(reverseOrder ? all.toReversed() : all);
  }
});

test("a history comes page by page", async () => {
  const { post, get, happen } = await setUp();
  await post("/v1/executions", { process: "hello", name: "a" });
  happen("hello:a", "PassStateEntered", { name: "A", input: {} });
  happen("hello:a", "PassStateExited", { name: "A", output: {} });
  const first = await get("/v1/executions/hello:a/history?limit=2");
  expect(first.body).toEqual({
    events: [
      {
        id: 1,
        previousEventId: 0,
        type: "ExecutionStarted",
        timestamp: "2026-11-23T08:15:30.125Z",
        details: { input: {} },
      },
      expect.objectContaining({ id: 2, details: { name: "A", input: {} } }),
    ],
    next: 2,
  });
  const second = await get("/v1/executions/hello:a/history?limit=2&after=2");
  expect(second.body.events).toHaveLength(1);
  expect(second.body.next).toBeUndefined();
  expect((await get("/v1/executions/hello:b/history")).status).toBe(404);
  expect((await get("/v1/executions/hello:a/history?after=-1")).status).toBe(400);
});

test("a stop answers with the stopped execution, and is refused once it has ended", async () => {
  const { post } = await setUp();
  await post("/v1/executions", { process: "hello", name: "a" });
  const stopped = await post("/v1/executions/hello:a/stop", { error: "Maintenance" });
  expect(stopped.status).toBe(200);
  expect(stopped.body).toMatchObject({ status: "ABORTED", error: "Maintenance" });
  expect((await post("/v1/executions/hello:a/stop", {})).body.code).toBe("execution-ended");
  expect((await post("/v1/executions/hello:b/stop", {})).body.code).toBe("execution-not-found");
});

test("a redrive answers with the execution that goes on, and is refused while it runs", async () => {
  const { post } = await setUp();
  await post("/v1/executions", { process: "hello", name: "a" });
  const path = "/v1/executions/hello:a/redrive";
  const refused = await post(path, {});
  expect(refused).toMatchObject({ status: 409, body: { code: "execution-not-redrivable" } });
  await post("/v1/executions/hello:a/stop", {});
  const redriven = await post(path, {});
  expect(redriven).toMatchObject({ status: 200, body: { status: "RUNNING", redriveCount: 1 } });
  expect((await post("/v1/executions/hello:b/redrive", {})).status).toBe(404);
});

test("what became of an interrupted activity is shown as a question, and said once", async () => {
  const { post, get, find } = await setUp();
  await post("/v1/executions", { process: "hello", name: "a" });
  const asked = {
    activity: "0.1",
    attempt: 2,
    state: "Pay",
    resource: "holdfast:http:request",
    parameters: { url: "http://bank" },
    why: "Nothing says that it may run again.",
    sinceMs: startedAtMs + 5_000,
    untilMs: startedAtMs + 65_000,
    server: "server-a",
    startedAtMs,
  };
  find("hello:a").questions = [asked];
  const { body } = await get("/v1/executions/hello:a");
  const { sinceMs: _, untilMs: __, startedAtMs: ___, ...plain } = asked;
  const instants = {
    since: "2026-11-23T08:15:35.125Z",
    until: "2026-11-23T08:16:35.125Z",
    startedAt: "2026-11-23T08:15:30.125Z",
  };
  expect(body.questions).toEqual([{ ...plain, ...instants }]);
  const path = "/v1/executions/hello:a/activities/0.1/resolve";
  for (const odd of [
    {},
    { resolution: "perhaps" },
    { resolution: "retry", output: 1 },
    { resolution: "failed", output: 1 },
    { resolution: "succeeded", error: "E", cause: "c" },
    { resolution: "retry", attempt: 0 },
  ])
    expect(await post(path, odd)).toMatchObject({ status: 400, body: { code: "request-invalid" } });
  const answered = await post(path, { resolution: "succeeded", attempt: 2, output: { id: 1 } });
  expect(answered.status).toBe(200);
  expect(answered.body.questions).toBeUndefined();
  expect(await post(path, { resolution: "retry" })).toMatchObject({
    status: 409,
    body: { code: "activity-not-asking" },
  });
  const elsewhere = "/v1/executions/hello:b/activities/0.1/resolve";
  expect((await post(elsewhere, { resolution: "retry" })).status).toBe(404);
});

test("a body that may be empty may be left out", async () => {
  const { app, post } = environment();
  await post("/v1/executions", { process: "hello", name: "a" });
  const headers = { authorization: `Bearer ${token}` };
  const response = await app.request("/v1/executions/hello:a/stop", { method: "POST", headers });
  expect(response.status).toBe(200);
});

test("a deployment answers 201 for a new version and 200 for the same content", async () => {
  const { post, get } = await setUp();
  const first = await post("/v1/processes", { document: "name: tidy" });
  expect(first.status).toBe(201);
  expect(first.headers.get("location")).toBe("/v1/processes/tidy");
  expect(first.body).toMatchObject({ name: "tidy", version: 1, isNew: true });
  const again = await post("/v1/processes", { document: "name: tidy" });
  expect([again.status, again.body.isNew, again.body.version]).toEqual([200, false, 1]);
  expect(again.body.warnings[0]).toEqual({
    severity: "WARNING",
    code: "MISSING_TRANSITION_TARGET",
    message: 'There is no state "B"; write "A".',
    path: "/States/A/Next",
    line: 4,
    column: 7,
  });
  await post("/v1/processes", { document: "name: tidy # 2", fileName: "tidy.yaml" });
  const newest = await get("/v1/processes/tidy");
  expect(newest.body).toEqual({
    name: "tidy",
    version: 2,
    description: "The process tidy",
    document: "name: tidy # 2",
    definition: { StartAt: "A", States: { A: { Type: "Succeed" } } },
    deployedAt: "2026-11-23T08:15:30.125Z",
    deployedBy: "key:admin",
    owner: "key:admin",
  });
  expect((await get("/v1/processes/tidy?version=1")).body.document).toBe("name: tidy");
  expect((await get("/v1/processes/tidy?version=3")).body.code).toBe("process-not-found");
  expect((await get("/v1/processes/nobody")).body.code).toBe("process-not-found");
  expect((await get("/v1/processes/strict")).body.inputSchema).toEqual({
    type: "object",
    required: ["who"],
  });
});

test("a bad document is refused with diagnostics, and validation only says so", async () => {
  const { post, get } = await setUp();
  const bad = { document: "name: bad\nNext: B", fileName: "bad.yaml" };
  const refused = await post("/v1/processes", bad);
  expect([refused.status, refused.body.code]).toEqual([422, "process-invalid"]);
  expect(refused.body.detail).toBe("bad.yaml has 1 error(s).");
  expect(refused.body.diagnostics[0]?.path).toBe("/States/A/Next");
  const checked = await post("/v1/processes/validate", bad);
  expect(checked.body).toEqual({ valid: false, diagnostics: refused.body.diagnostics });
  const fine = await post("/v1/processes/validate", { document: "name: bad" });
  expect(fine.body).toEqual({ valid: true, diagnostics: [] });
  expect((await get("/v1/processes/bad")).status).toBe(404);
});

test("processes are listed page by page", async () => {
  const { get } = await setUp();
  const first = await get("/v1/processes?limit=1");
  expect(first.body.processes).toEqual([
    {
      name: "hello",
      version: 1,
      description: "The process hello",
      deployedAt: "2026-11-23T08:15:30.125Z",
      deployedBy: "key:admin",
      owner: "key:admin",
    },
  ]);
  const second = await get(`/v1/processes?limit=1&after=${first.body.next}`);
  expect(second.body.processes[0]?.name).toBe("strict");
});

test("alerts are listed, shown and closed", async () => {
  const { get, post, alerts } = await setUp();
  const raised = await alerts.raise({
    key: "k",
    severity: "critical",
    title: "orders is down",
    details: { latencyMs: 3 },
    executionId: "hello:a",
  });
  const path = `/v1/alerts/${raised.alertId}`;
  const open = await get("/v1/alerts?status=open");
  expect(open.body.alerts).toEqual([
    {
      alertId: raised.alertId,
      status: "open",
      severity: "critical",
      title: "orders is down",
      details: { latencyMs: 3 },
      raisedAt: "2026-11-23T08:15:30.125Z",
      executionId: "hello:a",
    },
  ]);
  const closed = await post(`${path}/close`, { reason: "repaired" });
  expect(closed.body).toMatchObject({
    status: "closed",
    closedBy: "key:admin",
    closeReason: "repaired",
    closedAt: "2026-11-23T08:15:30.125Z",
  });
  expect((await get(path)).body).toEqual(closed.body);
  expect((await get("/v1/alerts?status=open")).body.alerts).toEqual([]);
  expect((await get("/v1/alerts/none")).body.code).toBe("alert-not-found");
  expect((await post("/v1/alerts/none/close", {})).body.code).toBe("alert-not-found");
});

test("system events are listed with filters, the newest first", async () => {
  const { get, systemEvents } = await setUp();
  const message = "it failed";
  systemEvents.report({ severity: "error", kind: "turn-failed", message, executionId: "hello:a" });
  systemEvents.report({ severity: "info", kind: "drain-begun", message: "drained" });
  await systemEvents.close();
  const messages = async (query: string) =>
    (await get(`/v1/system-events${query}`)).body.events.map((event) => event.message);
  expect(await messages("")).toEqual(["drained", message]);
  expect(await messages("?kind=turn-failed&severity=error&execution=hello:a")).toEqual([message]);
  expect(await messages("?since=2026-11-23T08:15:30.126Z")).toEqual([]);
  const first = await get("/v1/system-events?limit=1");
  expect(await messages(`?limit=1&after=${first.body.next}`)).toEqual([message]);
  expect((await get("/v1/system-events?since=yesterday")).body.code).toBe("request-invalid");
});

test("a drain is begun once, shown with what it waits for, and ended", async () => {
  const { get, post, remove } = await setUp();
  const drain = {
    drainId: "target:orders.example.net",
    scope: "target",
    name: "orders.example.net",
    by: "key:admin",
    reason: "a new disk",
    beganAt: "2026-11-23T08:15:30.125Z",
    deadlineAt: "2026-11-23T08:25:30.125Z",
    onDeadline: "interrupt",
    isDone: false,
    inFlightCount: 0,
    inFlight: [],
  };
  const { scope, name, reason, onDeadline } = drain;
  const sent = { scope, name, reason, onDeadline, deadlineSeconds: 600 };
  expect(await post("/v1/drains", sent)).toMatchObject({ status: 201, body: drain });
  expect(await post("/v1/drains", sent)).toMatchObject({ status: 200, body: drain });
  expect((await get("/v1/drains")).body).toEqual({ drains: [drain] });
  expect((await get("/v1/drains/target:orders.example.net")).body).toEqual(drain);
  const { isDone: _, inFlightCount: _count, inFlight: _inFlight, ...ended } = drain;
  const removed = await remove("/v1/drains/target%3Aorders.example.net");
  expect(removed).toMatchObject({ status: 200, body: ended });
  const again = await remove("/v1/drains/target:orders.example.net");
  expect([again.status, again.body.code]).toEqual([404, "drain-not-found"]);
  expect((await get("/v1/drains")).body).toEqual({ drains: [] });
});

test.each([
  [{ scope: "environment", name: "x" }, "/name"],
  [{ scope: "target" }, "/name"],
  [{ scope: "pool", name: "agents" }, "/name"],
  [{ scope: "galaxy" }, "/scope"],
])("a drain of %j is refused", async (body, path) => {
  const { post } = await setUp();
  const refused = await post("/v1/drains", body);
  expect([refused.status, refused.body.code]).toEqual([400, "request-invalid"]);
  expect(refused.body.problems.map((problem) => problem.path)).toEqual([path]);
});
