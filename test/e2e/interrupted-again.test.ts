/** A server that is killed again and again, at seeded moments: everything succeeds once, by probes, an operator and checkpoints. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

const seed = Number(process.env["CRASH_SEED"] ?? 20261124);
const executionCount = 40;
const killCountMin = 15;

const bodyOf = async (request: IncomingMessage): Promise<{ readonly name: string }> => {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
};

/** Takes payments after a while, each time it is asked to; says by key or name which it has taken. */
const bank = (): { readonly server: Server; readonly payments: Map<string, string[]> } => {
  const payments = new Map<string, string[]>();
  const { fraction } = seededEntropy(seed + 1);
  const answer = (response: ServerResponse, body: unknown): void => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body));
  };
  const server = createServer(async (request, response) => {
    const key = String(request.headers["idempotency-key"]);
    if (request.method === "GET") {
      const isThere = [...payments.values()].some((keys) => keys.includes(key));
      answer(response, { isThere });
      return;
    }
    const { name } = await bodyOf(request);
    payments.set(name, [...(payments.get(name) ?? []), key]);
    setTimeout(() => answer(response, { name }), 400 * fraction());
  });
  return { server, payments };
};

const definition = (url: string) => ({
  QueryLanguage: "JSONata",
  StartAt: "Line",
  States: {
    Line: {
      Type: "Task",
      Resource: "holdfast:file:append",
      Arguments: {
        path: "lines.txt",
        line: "{% $states.context.Execution.Name %}",
        unique: true,
      },
      Next: "Verified",
    },
    Verified: {
      Type: "Task",
      Resource: "holdfast:http:request",
      Arguments: {
        method: "POST",
        url,
        json: { name: "{% $states.context.Execution.Name & ' verified' %}" },
      },
      Orchestration: {
        Verify: {
          Resource: "holdfast:http:request",
          Arguments: { url, idempotencyKey: true },
          Output: "{% { 'happened': $states.result.body.isThere } %}",
        },
      },
      Next: "Asked",
    },
    Asked: {
      Type: "Task",
      Resource: "holdfast:http:request",
      Arguments: {
        method: "POST",
        url,
        json: { name: "{% $states.context.Execution.Name & ' asked' %}" },
        idempotencyKey: false,
      },
      End: true,
    },
  },
});

interface Question {
  readonly activity: string;
  readonly attempt: number;
  readonly parameters: { readonly json: { readonly name: string } };
}

describe(`a server that is killed again and again (CRASH_SEED=${seed})`, () => {
  const data = mkdtempSync(join(tmpdir(), "holdfast-interrupted-"));
  const { server: bankServer, payments } = bank();
  const { fraction } = seededEntropy(seed);
  let server: ServerProcess;
  const send = (path: string, body?: unknown) =>
    call({ url: server.url, dataDirectory: data }, path, body);
  const urlOf = (service: Server) => `http://127.0.0.1:${(service.address() as AddressInfo).port}/`;
  const restart = async (): Promise<void> => {
    await server.kill();
    server = await serverProcess(data);
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => bankServer.listen(0, "127.0.0.1", resolve));
    server = await serverProcess(data);
  });
  afterAll(async () => {
    await server.kill();
    bankServer.closeAllConnections();
    bankServer.close();
    rmSync(data, { recursive: true, force: true });
  });

  it("writes every line and makes every payment once, and no execution fails", async () => {
    const document = JSON.stringify({
      kind: "Process",
      name: "paid",
      definition: definition(urlOf(bankServer)),
    });
    expect(await send("/v1/processes", { document })).toMatchObject({ status: 201 });
    let kills = 0;
    let started = 0;
    const killer = async (): Promise<void> => {
      while (kills < killCountMin || started < executionCount) {
        await sleep(100 + 700 * fraction());
        await restart();
        kills += 1;
      }
    };
    const starter = async (): Promise<void> => {
      while (started < executionCount) {
        const answer = await send("/v1/executions", { process: "paid", name: `n${started}` });
        if (answer?.status === 201 || answer?.status === 200) started += 1;
        while (kills < (started * killCountMin) / executionCount - 1) await sleep(20);
      }
    };
    /** An operator who looks into the books of the bank. */
    let asked = 0;
    const answerOne = async (executionId: string, question: Question): Promise<void> => {
      const { activity, attempt, parameters } = question;
      const resolution = payments.has(parameters.json.name) ? "succeeded" : "retry";
      const path = `/v1/executions/${executionId}/activities/${activity}/resolve`;
      const answer = await send(path, { resolution, attempt });
      if (answer?.status === 200) asked += 1;
    };
    const operate = async (): Promise<boolean> => {
      const listed = await send("/v1/executions?waitingFor=operator&limit=100");
      for (const { executionId } of listed?.body.executions ?? []) {
        const found = await send(`/v1/executions/${executionId}`);
        for (const question of found?.body.questions ?? []) await answerOne(executionId, question);
      }
      const running = await send("/v1/executions?status=RUNNING&limit=1");
      return running?.body.executions.length === 0;
    };
    await Promise.all([killer(), starter()]);
    for (let tries = 0; !(await operate()); tries += 1) {
      expect(tries).toBeLessThan(600);
      await sleep(100);
    }

    const { executions } = (await send("/v1/executions?process=paid&limit=100"))?.body ?? {};
    expect(executions).toHaveLength(executionCount);
    const statuses = new Set(executions.map(({ status }: { status: string }) => status));
    expect([...statuses]).toEqual(["SUCCEEDED"]);
    const lines = readFileSync(join(data, "files/lines.txt"), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(executionCount);
    expect(new Set(lines).size).toBe(executionCount);
    expect(payments.size).toBe(2 * executionCount);
    for (const [name, keys] of payments) expect([name, keys.length]).toEqual([name, 1]);
    console.log(`${executionCount} executions, ${kills} kills, ${asked} answers of the operator`);
  });

  it("goes on with a download where it was", async () => {
    const content = Array.from({ length: 200_000 }, (_, index) => `${index}\n`).join("");
    const stretchBytes = 65_536;
    const froms: number[] = [];
    const source = createServer((request, response) => {
      const [, from = "0", to = "0"] = /(\d+)-(\d+)/.exec(String(request.headers.range)) ?? [];
      froms.push(Number(from));
      const part = content.slice(Number(from), Number(to) + 1);
      const range = `bytes ${from}-${Number(from) + part.length - 1}/${content.length}`;
      response.writeHead(206, { "content-range": range, etag: '"1"' });
      setTimeout(() => response.end(part), 40);
    });
    await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
    try {
      const Parameters = { url: urlOf(source), path: "big.txt", stretchBytes };
      const Get = { Type: "Task", Resource: "holdfast:http:download", Parameters, End: true };
      const made = {
        kind: "Process",
        name: "get",
        definition: { StartAt: "Get", States: { Get } },
      };
      await send("/v1/processes", { document: JSON.stringify(made) });
      expect(await send("/v1/executions", { process: "get", name: "x" })).toMatchObject({
        status: 201,
      });
      for (const count of [5, 12]) {
        while (froms.length < count) await sleep(5);
        await restart();
      }
      const ended = async () => (await send("/v1/executions/get:x"))?.body;
      while ((await ended())?.status === "RUNNING") await sleep(50);
      expect(await ended()).toMatchObject({
        status: "SUCCEEDED",
        output: { bytes: content.length, resumedAtBytes: expect.any(Number) },
      });
      expect(readFileSync(join(data, "files/big.txt"), "utf8")).toBe(content);
      // Of each kill at most the stretch in flight and the one before it are read again.
      expect(froms.length).toBeLessThanOrEqual(Math.ceil(content.length / stretchBytes) + 4);
      expect(froms.filter((from) => from === 0)).toHaveLength(1);
    } finally {
      source.closeAllConnections();
      source.close();
    }
  });
});
