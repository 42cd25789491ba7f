import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiCall, type Environment, openEnvironment, type QueueFunction } from "./functions.ts";

let environment: Environment;
let turn: QueueFunction;
let call: ReturnType<typeof apiCall>;

beforeAll(async () => {
  environment = await openEnvironment();
  turn = (await import("#lambdas/turn.ts")).handler as unknown as QueueFunction;
  const northbound = await import("#lambdas/northbound.ts");
  call = apiCall(northbound.handler as never, environment.token);
});
afterAll(() => environment.close());

const deploy = async (name: string, definition: object): Promise<void> => {
  const document = JSON.stringify({ kind: "Process", name, definition });
  const { status, text: said } = await call("POST /v1/processes", { document });
  expect(status, said).toBe(201);
};

const start = async (process: string, more: object = {}): Promise<string> => {
  const { status, body, text } = await call("POST /v1/executions", { process, ...more });
  expect(status, text).toBe(201);
  return body.executionId;
};

const ended = async (executionId: string) => {
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await call(`GET /v1/executions/${encodeURIComponent(executionId)}`);
    if (body.status !== "RUNNING") return body;
    await sleep(100);
  }
  throw new Error(`${executionId} does not end`);
};

const http = (path: string, more: object = {}) => ({
  Type: "Task",
  Resource: "holdfast:http:request",
  Parameters: { url: `${environment.target.url}${path}` },
  ...more,
});

describe("an execution on AWS", () => {
  it("is started by the API, goes on by its work item and succeeds", async () => {
    await deploy("plain", { StartAt: "Call", States: { Call: http("/plain", { End: true }) } });
    const executionId = await start("plain");
    expect(environment.target.calls("/plain")).toBe(0);
    const stop = environment.pump(turn);
    const { status, output } = await ended(executionId);
    await stop();
    expect(status).toBe("SUCCEEDED");
    expect(output).toMatchObject({ body: { path: "/plain" } });
    expect(environment.target.calls("/plain")).toBe(1);
    expect(await environment.receive()).toEqual([]);
  });
});
