import { expect, test, vi } from "vitest";
import { documented, shown } from "./documented.ts";
import { environment, token } from "./stand-in.ts";

const task = {
  Type: "Task",
  QueryLanguage: "JSONata",
  Resource: "holdfast:http:request",
  Arguments: { url: "{% $states.input.url %}" },
  Output: "{% $states.result.status %}",
  Retry: [{ ErrorEquals: ["Busy"], IntervalSeconds: 3, MaxAttempts: 2 }],
  Catch: [{ ErrorEquals: ["States.ALL"], Next: "Sorry" }],
  Next: "Done",
};
const input = { url: "http://a/" };

const setUp = async () => {
  const made = environment();
  const { conforms } = await documented(made.app);
  const ask = async (body: object) => {
    const response = await made.post("/v1/test-state", body);
    await conforms(response, "POST", "/v1/test-state");
    return { status: response.status, body: await shown(response) };
  };
  return { ...made, ask };
};

test("a Task runs with what its mock answers", async () => {
  const { ask } = await setUp();
  const mock = { result: { status: 200 } };
  const answer = await ask({ definition: task, input, mock });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: "SUCCEEDED", output: 200, nextState: "Done" });
});

test("DEBUG shows each stage", async () => {
  const { ask } = await setUp();
  const mock = { result: { status: 200 } };
  const { body } = await ask({ definition: task, input, mock, inspectionLevel: "DEBUG" });
  expect(body).toMatchObject({
    inspectionData: {
      input,
      afterArguments: { url: "http://a/" },
      result: { status: 200 },
    },
  });
});

test("an error of the mock is retried, and caught when the retries are used up", async () => {
  const { ask } = await setUp();
  const failing = { definition: task, input, mock: { errorOutput: { error: "Busy", cause: "x" } } };
  expect((await ask(failing)).body).toMatchObject({ status: "RETRIABLE", error: "Busy" });
  const stateConfiguration = { retrierRetryCount: 2 };
  const { body } = await ask({ ...failing, stateConfiguration });
  expect(body).toMatchObject({ status: "CAUGHT_ERROR", nextState: "Sorry", cause: "x" });
});

test("a Task without a mock calls nothing: the problem says what it would call", async () => {
  const { ask, executions } = await setUp();
  const { status, body } = await ask({ definition: task, input });
  expect(status).toBe(400);
  expect(body).toMatchObject({
    code: "request-invalid",
    reason: "MockRequired",
    call: { resource: "holdfast:http:request", parameters: { url: "http://a/" } },
    action: "Say in mock.result or mock.errorOutput what it answers.",
  });
  expect((await executions.list({ limit: 10 })).executions).toEqual([]);
});

test("what cannot be tested is refused with its reason", async () => {
  const { ask } = await setUp();
  const broken = await ask({ definition: { Type: "Pass" } });
  expect(broken).toMatchObject({ status: 400, body: { reason: "InvalidDefinition" } });
  const unnamed = await ask({ definition: { StartAt: "A", States: { A: { Type: "Succeed" } } } });
  expect(unnamed).toMatchObject({ status: 400, body: { reason: "ValidationException" } });
});

test("a state of a whole definition is found by its name, with its variables", async () => {
  const { ask } = await setUp();
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "A",
    States: {
      A: { Type: "Pass", Assign: { n: 1 }, Next: "B" },
      B: { Type: "Pass", Output: "{% $n + 1 %}", End: true },
    },
  };
  const { body } = await ask({ definition, stateName: "B", variables: { n: 41 } });
  expect(body).toEqual({ status: "SUCCEEDED", output: 42 });
});

test("numbers come back as they were written", async () => {
  const { app } = environment();
  const response = await app.request("/v1/test-state", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"definition":{"Type":"Pass","End":true},"input":{"a":1.0,"b":12345678901234567890}}',
  });
  expect(await response.text()).toBe(
    '{"status":"SUCCEEDED","output":{"a":1.0,"b":12345678901234567890}}',
  );
});

test("nobody gets in without a token", async () => {
  const { app } = environment();
  const response = await app.request("/v1/test-state", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ definition: { Type: "Succeed" } }),
  });
  expect(response.status).toBe(401);
});

/** A state with so many expressions. */
const talkative = (count: number) => ({
  Type: "Pass",
  QueryLanguage: "JSONata",
  Output: Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, "{% 1 + 1 %}"])),
  End: true,
});

test("others are served between the expressions of a state", async () => {
  const { ask } = await setUp();
  let isOver = false;
  let roundCount = 0;
  const round = () => {
    roundCount += 1;
    if (!isOver) setImmediate(round);
  };
  setImmediate(round);
  const { status } = await ask({ definition: talkative(100) });
  isOver = true;
  expect([status, roundCount >= 100]).toEqual([200, true]);
});

test("a state whose expressions take too long is given up", async () => {
  const { ask } = await setUp();
  let nowMs = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => {
    nowMs += 1_000;
    return nowMs;
  });
  const { status, body } = await ask({ definition: talkative(100) });
  clock.mockRestore();
  expect([status, body]).toMatchObject([
    400,
    { detail: expect.stringContaining("longer than 10 s") },
  ]);
});
