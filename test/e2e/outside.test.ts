/** Nested executions, workers and task tokens on a server that is killed in the middle of them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

const parentCount = 40;
const killCount = 6;

const child = {
  QueryLanguage: "JSONata",
  StartAt: "Rest",
  States: {
    Rest: { Type: "Wait", Seconds: 1, Next: "Write" },
    Write: {
      Type: "Task",
      Resource: "holdfast:file:append",
      Arguments: { path: "children.txt", line: "{% $states.input.parent %}" },
      Orchestration: { OnInterrupted: "fail" },
      Output: { ran: "{% $states.input.parent %}" },
      End: true,
    },
  },
};

const calling = (process: string) => ({
  QueryLanguage: "JSONata",
  StartAt: "Call",
  States: {
    Call: {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Arguments: {
        StateMachineArn: process,
        Input: { parent: "{% $states.context.Execution.Name %}" },
      },
      Output: "{% $states.result.Output %}",
      End: true,
    },
  },
});

const definitions = {
  child,
  parent: calling("child"),
  sleeper: {
    StartAt: "Rest",
    States: { Rest: { Type: "Wait", Seconds: 3_600, End: true } },
  },
  waiter: calling("sleeper"),
  broken: {
    StartAt: "No",
    States: { No: { Type: "Fail", Error: "Broken", Cause: "by design" } },
  },
  unlucky: calling("broken"),
  copy: {
    QueryLanguage: "JSONata",
    StartAt: "Copy",
    States: {
      Copy: {
        Type: "Task",
        Resource: "holdfast:activity:copy",
        // Only the first worker is to be given up.
        HeartbeatSeconds: "{% $states.context.State.RetryCount = 0 ? 2 : 600 %}",
        Retry: [{ ErrorEquals: ["States.HeartbeatTimeout"], IntervalSeconds: 1, MaxAttempts: 1 }],
        End: true,
      },
    },
  },
  ask: {
    QueryLanguage: "JSONata",
    StartAt: "Ask",
    States: {
      Ask: {
        Type: "Task",
        Resource: "holdfast:file:append.waitForTaskToken",
        Arguments: { path: "tokens.txt", line: "{% $states.context.Task.Token %}" },
        End: true,
      },
    },
  },
};

describe("a server that is killed", () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "holdfast-outside-"));
  let server: ServerProcess;
  const send = (path: string, body?: unknown) =>
    call({ url: server.url, dataDirectory }, path, body);
  const api = async (path: string, body?: unknown) => (await send(path, body))?.body;
  const restart = async (): Promise<void> => {
    await server.kill();
    server = await serverProcess(dataDirectory);
  };
  const linesOf = (file: string): readonly string[] =>
    readFileSync(join(dataDirectory, "files", file), "utf8")
      .trim()
      .split("\n");

  const until = async (isSo: () => Promise<boolean>, found?: () => unknown): Promise<void> => {
    for (let tries = 0; !(await isSo()); tries += 1) {
      expect(tries, JSON.stringify(found?.())).toBeLessThan(300);
      await sleep(100);
    }
  };
  const ended = async (executionId: string) => {
    let found = await api(`/v1/executions/${executionId}`);
    await until(
      async () => {
        found = await api(`/v1/executions/${executionId}`);
        return found.status !== "RUNNING";
      },
      () => found,
    );
    return found;
  };
  const start = (process: string, name: string) =>
    api("/v1/executions", { process, name, input: { name } });
  const listed = async (process: string) =>
    (await api(`/v1/executions?process=${process}&limit=1000`)).executions;

  beforeAll(async () => {
    server = await serverProcess(dataDirectory);
    for (const [name, definition] of Object.entries(definitions)) {
      const document = JSON.stringify({ kind: "Process", name, definition });
      expect(await api("/v1/processes", { document })).toMatchObject({ name, warnings: [] });
    }
  });
  afterAll(async () => {
    await server.kill();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  it("has started the child of each execution once, and each goes on with what came of it", async () => {
    const names = Array.from({ length: parentCount }, (_, index) => `n${index}`);
    const kills = async (): Promise<void> => {
      for (let kill = 0; kill < killCount; kill += 1) {
        await sleep(150 + 100 * kill);
        await restart();
      }
    };
    const starts = async (): Promise<void> => {
      for (const name of names) {
        while (
          ![200, 201].includes(
            (await send("/v1/executions", { process: "parent", name }).catch(() => undefined))
              ?.status ?? 0,
          )
        )
          await sleep(20);
        await sleep(25);
      }
    };
    await Promise.all([kills(), starts()]);
    for (const name of names) await ended(`parent:${name}`);
    const children: { executionId: string; startedBy: string }[] = await listed("child");
    expect(children.map(({ startedBy }) => startedBy).sort()).toEqual(
      names.map((name) => `execution:parent:${name}`).sort(),
    );
    let failed = 0;
    for (const { executionId, startedBy } of children) {
      const parent = await api(`/v1/executions/${startedBy.replace("execution:", "")}`);
      const { status, output } = await ended(executionId);
      if (status === "SUCCEEDED") {
        expect(parent).toMatchObject({ status: "SUCCEEDED", output });
        continue;
      }
      failed += 1;
      expect(parent).toMatchObject({ status: "FAILED", error: "States.TaskFailed" });
      expect(JSON.parse(parent.cause)).toMatchObject({ Error: "Holdfast.Interrupted" });
    }
    const lines = linesOf("children.txt");
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.length).toBeGreaterThanOrEqual(parentCount - failed);
  });

  it("stops the child of an execution whose stop it has acknowledged", async () => {
    await start("waiter", "a");
    await until(async () => (await listed("sleeper")).length === 1);
    expect(await api("/v1/executions/waiter:a")).toMatchObject({
      waitingFor: { kind: "execution", state: "Call" },
    });
    await api("/v1/executions/waiter:a/stop", {});
    await restart();
    expect((await ended("waiter:a")).status).toBe("ABORTED");
    await until(async () => (await listed("sleeper"))[0].status === "ABORTED");
  });

  it("fails an execution with the failure of its child", async () => {
    await start("unlucky", "a");
    const { status, error, cause } = await ended("unlucky:a");
    expect([status, error]).toEqual(["FAILED", "States.TaskFailed"]);
    expect(JSON.parse(cause)).toMatchObject({ Error: "Broken", Cause: "by design" });
  });

  it("keeps what a worker was given, and the answer that it acknowledged", async () => {
    const poll = "/v1/activities/copy/tasks";
    const gone = new AbortController();
    const token = readFileSync(join(dataDirectory, "admin.token"), "utf8").trim();
    const abandoned = fetch(server.url + poll, {
      method: "POST",
      body: "{}",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: gone.signal,
    }).catch(() => "gone");
    await sleep(200);
    gone.abort();
    expect(await abandoned).toBe("gone");
    await sleep(200);

    await start("copy", "a");
    await restart();
    const { task: first } = await api(poll, { worker: "w1", waitSeconds: 60 });
    expect(first).toMatchObject({ executionId: "copy:a", input: { name: "a" }, attempt: 1 });
    await restart();
    // The worker is not heard of: the next attempt is for another one.
    const { task: second } = await api(poll, { worker: "w2", waitSeconds: 60 });
    expect(second).toMatchObject({ executionId: "copy:a", attempt: 2 });
    expect(await send("/v1/task-tokens/success", { token: first.token })).toMatchObject({
      status: 409,
      body: { error: "TaskTimedOut" },
    });
    await restart();
    const output = { copied: 1 };
    const answer = await send("/v1/task-tokens/success", { token: second.token, output });
    expect(answer?.status).toBe(200);
    await restart();
    expect(await ended("copy:a")).toMatchObject({ status: "SUCCEEDED", output });
    expect(await api(poll)).toEqual({ tasks: [] });
  });

  it("takes the answer of whoever was given a token before", async () => {
    await start("ask", "a");
    await until(
      async () => (await api("/v1/executions?waitingFor=callback")).executions.length === 1,
    );
    await restart();
    const [token] = linesOf("tokens.txt").slice(-1);
    await api("/v1/task-tokens/success", { token, output: "yes" });
    await restart();
    expect(await ended("ask:a")).toMatchObject({ status: "SUCCEEDED", output: "yes" });
  });
});
