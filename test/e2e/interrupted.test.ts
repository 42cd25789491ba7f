/** A payment that a killed server leaves behind: sent, not answered. Nobody pays twice, and nothing fails blindly (G4). */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";
import { holdfast } from "./holdfast-command.ts";

/** Takes payments by key. One for 0 is lost on its way; of the first request for a key nobody is told. */
const paymentService = () => {
  const requests: { readonly key: string; readonly name: string }[] = [];
  const payments = new Map<string, { readonly id: number; readonly name: string }>();
  const silent: ServerResponse[] = [];
  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const key = String(request.headers["idempotency-key"]);
    if (request.method === "GET") {
      const found = payments.get(key);
      answer(response, found === undefined ? 404 : 200, found ?? {});
      return;
    }
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const { name } = JSON.parse(text) as { readonly name: string };
      const isFirst = !requests.some((before) => before.name === name);
      requests.push({ key, name });
      if (!(isFirst && name.startsWith("lost")))
        payments.set(key, payments.get(key) ?? { id: payments.size + 1, name });
      if (isFirst) silent.push(response);
      else answer(response, 201, payments.get(key));
    });
  });
  return { server, requests, payments };
};

const definition = (url: string, payment: object, orchestration?: object) => ({
  QueryLanguage: "JSONata",
  StartAt: "Pay",
  States: {
    Pay: {
      Type: "Task",
      Resource: "holdfast:http:request",
      Arguments: {
        method: "POST",
        url,
        json: { name: "{% $states.context.Execution.Name %}" },
        ...payment,
      },
      ...(orchestration !== undefined && { Orchestration: orchestration }),
      Output: "{% $states.result.body %}",
      End: true,
    },
  },
});

const verify = (url: string) => ({
  Verify: {
    Resource: "holdfast:http:request",
    Arguments: { url, idempotencyKey: true, failOnStatus: false },
    Output: "{% { 'happened': $states.result.status = 200, 'output': $states.result } %}",
  },
});

describe("a payment whose server is killed before the answer", () => {
  const data = mkdtempSync(join(tmpdir(), "holdfast-interrupted-"));
  const { server: bank, requests, payments } = paymentService();
  let server: ServerProcess;
  const api = async (path: string, body?: unknown) =>
    (await call({ url: server.url, dataDirectory: data }, path, body))?.body;

  const until = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
    for (let tries = 0; !(await isSo()); tries += 1) {
      expect(tries).toBeLessThan(400);
      await sleep(50);
    }
  };
  const described = (executionId: string) => api(`/v1/executions/${executionId}`);
  const waitsForOperator = async (executionId: string) =>
    (await described(executionId)).waitingFor?.kind === "operator";
  const ended = async (executionId: string) => {
    await until(async () => (await described(executionId)).status !== "RUNNING");
    return described(executionId);
  };
  /** Starts an execution, and kills the server when the bank has its request. */
  const killedWhilePaying = async (process: string, name: string): Promise<string> => {
    const before = requests.length;
    await api("/v1/executions", { process, name });
    await until(() => requests.length > before);
    await server.kill();
    server = await serverProcess(data);
    return `${process}:${name}`;
  };
  const paymentsOf = (name: string) =>
    [...payments.values()].filter((payment) => payment.name === name);
  const command = async (...given: readonly string[]) => {
    const { code, stdout, stderr } = await holdfast([...given, "--data", data]).ended;
    return { code, text: stdout + stderr };
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => bank.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(bank.address() as AddressInfo).port}/payments`;
    server = await serverProcess(data);
    const definitions = {
      verified: definition(url, {}, verify(url)),
      asked: definition(url, { idempotencyKey: false }),
      brief: definition(url, {}, { OnInterrupted: "ask", AskTimeoutSeconds: 1 }),
    };
    for (const [name, made] of Object.entries(definitions)) {
      const document = JSON.stringify({ kind: "Process", name, definition: made });
      expect(await api("/v1/processes", { document })).toMatchObject({ name, warnings: [] });
    }
  });
  afterAll(async () => {
    await server.kill();
    bank.closeAllConnections();
    bank.close();
    rmSync(data, { recursive: true, force: true });
  });

  it("is found by its key, and not made again", async () => {
    const executionId = await killedWhilePaying("verified", "done");
    const [payment] = paymentsOf("done");
    expect(await ended(executionId)).toMatchObject({ status: "SUCCEEDED", output: payment });
    expect(requests.filter(({ name }) => name === "done")).toHaveLength(1);
  });

  it("is made again, with the same key, if it is not found", async () => {
    const executionId = await killedWhilePaying("verified", "lost-1");
    expect(await ended(executionId)).toMatchObject({ status: "SUCCEEDED" });
    const keys = requests.filter(({ name }) => name === "lost-1").map(({ key }) => key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(paymentsOf("lost-1")).toHaveLength(1);
  });

  it("is asked about where nothing can find out, and the operator's answer lasts", async () => {
    const executionId = await killedWhilePaying("asked", "x");
    await until(() => waitsForOperator(executionId));
    expect(requests.filter(({ name }) => name === "x")).toHaveLength(1);

    expect((await command("ps", "--waiting-for", "operator")).text).toMatch(
      /asked:x .*operator in Pay/,
    );
    const shown = await command("show", executionId);
    expect(shown.text).toMatch(/asks what became of Pay, since .*no deadline/);
    expect(shown.text).toContain('"name": "x"');
    expect(shown.text).toContain("npx holdfast resolve asked:x --state Pay --succeeded");
    expect((await command("events", "--kind", "operator-asked")).text).toContain("asked:x");

    expect(await command("resolve", executionId)).toMatchObject({ code: 2 });
    expect(await command("resolve", executionId, "--retry", "--output", "{}")).toMatchObject({
      code: 2,
    });
    expect(await command("resolve", executionId, "--state", "Other", "--retry")).toMatchObject({
      code: 2,
      text: expect.stringContaining("asks nothing about Other"),
    });

    // The server is killed right after it has acknowledged.
    const answer = { resolution: "succeeded", attempt: 1, output: { body: { id: 4711 } } };
    const path = `/v1/executions/${executionId}/activities/0.1/resolve`;
    const answered = await call({ url: server.url, dataDirectory: data }, path, answer);
    expect(answered).toMatchObject({ status: 200, body: { executionId } });
    await server.kill();
    server = await serverProcess(data);
    expect(await ended(executionId)).toMatchObject({ status: "SUCCEEDED", output: { id: 4711 } });
    expect((await described(executionId)).questions).toBeUndefined();
    const again = await call({ url: server.url, dataDirectory: data }, path, answer);
    expect(again?.status).toBe(200);
    const other = { resolution: "retry", attempt: 1 };
    expect(await call({ url: server.url, dataDirectory: data }, path, other)).toMatchObject({
      status: 409,
      body: { code: "activity-not-asking", by: "key:admin" },
    });
  });

  it("is retried, or failed, by the command", async () => {
    const retried = await killedWhilePaying("asked", "again");
    await until(() => waitsForOperator(retried));
    expect(await command("resolve", retried, "--retry")).toMatchObject({
      code: 0,
      text: expect.stringContaining("Pay of asked:again is answered"),
    });
    expect(await ended(retried)).toMatchObject({ status: "SUCCEEDED" });
    const failed = await killedWhilePaying("asked", "never");
    await until(() => waitsForOperator(failed));
    const said = ["--failed", "--error", "Refused", "--cause", "not paid"];
    expect((await command("resolve", failed, "--state", "Pay", ...said)).code).toBe(0);
    expect(await ended(failed)).toMatchObject({
      status: "FAILED",
      error: "Refused",
      cause: "not paid",
    });
  });

  it("fails when nobody answers in time, and names the state", async () => {
    const executionId = await killedWhilePaying("brief", "unanswered");
    const { status, error, cause } = await ended(executionId);
    expect([status, error]).toEqual(["FAILED", "Holdfast.Interrupted"]);
    expect(cause).toContain("'Pay'");
  });
});
