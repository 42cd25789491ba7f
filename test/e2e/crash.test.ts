/** A server that is killed again and again, at seeded moments, under a process with real side effects. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

const seed = Number(process.env["CRASH_SEED"] ?? 20261123);
const executionCount = 200;
const killCountMin = 60;

/** Answers each request with a number of its own, after 0 to 60 ms, and keeps what it answered by key. */
const counterService = () => {
  const answered = new Map<string, number[]>();
  const { fraction } = seededEntropy(seed + 1);
  let count = 0;
  const server = createServer((request, response) => {
    const key = String(request.headers["idempotency-key"]);
    count += 1;
    const number = count;
    answered.set(key, [...(answered.get(key) ?? []), number]);
    setTimeout(() => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ number }));
    }, 60 * fraction());
  });
  return { server, answered };
};

const definition = (url: string) => {
  const append = (mark: string, next: string) => ({
    Type: "Task",
    Resource: "holdfast:file:append",
    Arguments: { path: "counter.txt", line: `{% $name & ' ${mark}' %}` },
    Orchestration: { OnInterrupted: "fail" },
    Next: next,
  });
  return {
    QueryLanguage: "JSONata",
    StartAt: "Name",
    States: {
      Name: {
        Type: "Pass",
        Assign: { name: "{% $states.context.Execution.Name %}" },
        Next: "One",
      },
      One: append("One", "Call"),
      Call: {
        Type: "Task",
        Resource: "holdfast:http:request",
        Arguments: { method: "POST", url, json: { name: "{% $name %}" }, restartable: true },
        Assign: { number: "{% $states.result.body.number %}" },
        Next: "Two",
      },
      Two: append("Two", "Rest"),
      Rest: { Type: "Wait", Seconds: 1, Next: "Three" },
      Three: append("Three", "Again"),
      Again: {
        Type: "Task",
        Resource: "holdfast:file:append",
        Arguments: { path: "again.txt", line: "{% $name %}", restartable: true },
        Output: { number: "{% $number %}", name: "{% $name %}" },
        End: true,
      },
    },
  };
};

describe(`a server that is killed at random moments (CRASH_SEED=${seed})`, () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "holdfast-crash-"));
  const { server: counter, answered } = counterService();
  const { fraction } = seededEntropy(seed);
  let server: ServerProcess;
  const api = (path: string, body?: unknown) =>
    call({ url: server.url, dataDirectory }, path, body);

  beforeAll(async () => {
    await new Promise<void>((resolve) => counter.listen(0, "127.0.0.1", resolve));
    server = await serverProcess(dataDirectory);
  });
  afterAll(async () => {
    await server.kill();
    counter.closeAllConnections();
    counter.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  it("loses no execution, no acknowledged start and no result, and runs nothing twice that may not", async () => {
    const { port } = counter.address() as AddressInfo;
    const document = JSON.stringify({
      kind: "Process",
      name: "crashed",
      definition: definition(`http://127.0.0.1:${port}/`),
    });
    expect(await api("/v1/processes", { document })).toMatchObject({ status: 201 });

    const acknowledged = new Set<string>();
    let kills = 0;
    let isKilling = true;
    const killer = (async () => {
      while (acknowledged.size < executionCount || kills < killCountMin) {
        await sleep(50 + 900 * fraction());
        await server.kill();
        kills += 1;
        server = await serverProcess(dataDirectory);
      }
      isKilling = false;
    })();
    /** Starts until the server acknowledges; the name makes the repetitions one execution. */
    const startOne = async (index: number) => {
      const body = { process: "crashed", name: `n${index}`, input: { index } };
      for (;;) {
        const answer = await api("/v1/executions", body);
        if (answer?.status === 201 || answer?.status === 200) break;
        expect([undefined, 503]).toContain(answer?.status);
        await sleep(20);
      }
      acknowledged.add(body.name);
    };
    const starter = async (from: number) => {
      for (let index = from; index < executionCount; index += 4) {
        await startOne(index);
        // Spread over all the kills.
        while (isKilling && kills < (index * killCountMin) / executionCount) await sleep(20);
      }
    };
    await Promise.all([killer, ...[0, 1, 2, 3].map(starter)]);

    const list = async () =>
      (await api("/v1/executions?process=crashed&limit=1000"))?.body.executions as {
        executionId: string;
        status: string;
      }[];
    for (let tries = 0; tries < 600; tries += 1) {
      if ((await list()).every(({ status }) => status !== "RUNNING")) break;
      await sleep(100);
    }
    const executions = await list();
    expect(executions.map(({ executionId }) => executionId).sort()).toEqual(
      [...acknowledged].map((name) => `crashed:${name}`).sort(),
    );

    const lines = readFileSync(join(dataDirectory, "files/counter.txt"), "utf8").trim().split("\n");
    expect(new Set(lines).size).toBe(lines.length);
    const written = new Set(lines);
    const numbers = new Set([...answered.values()].flat());
    let failed = 0;
    for (const { executionId } of executions) {
      const description = (await api(`/v1/executions/${executionId}`))?.body;
      const { name, status, error, cause, output } = description;
      const marks = ["One", "Two", "Three"].filter((mark) => written.has(`${name} ${mark}`));
      if (status === "SUCCEEDED") {
        expect(marks).toEqual(["One", "Two", "Three"]);
        expect(output.name).toBe(name);
        expect(numbers.has(output.number)).toBe(true);
        continue;
      }
      failed += 1;
      expect([status, error]).toEqual(["FAILED", "Holdfast.Interrupted"]);
      const state = /'(One|Two|Three)'/.exec(cause)?.[1];
      expect(state).toBeDefined();
      const before = ["One", "Two", "Three"].slice(0, ["One", "Two", "Three"].indexOf(state ?? ""));
      expect(marks.slice(0, before.length)).toEqual(before);
    }
    expect(existsSync(join(dataDirectory, "files/again.txt"))).toBe(true);
    console.log(
      `${executions.length} executions, ${kills} kills, ${failed} failed as interrupted, ${lines.length} lines`,
    );
  });
});
