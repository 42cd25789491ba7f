/** Several servers on one data directory: how they share work, and what becomes of it when one of them dies or stands still. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

const names = ["one", "two", "three"] as const;
type Name = (typeof names)[number];

let dataDirectory: string;
let servers: Map<Name, ServerProcess>;
let service: Server;

/** Answers each request with how often it was asked under the same key, after a moment. */
const answerAfter = (delayMs: () => number): Promise<string> => {
  const counts = new Map<string, number>();
  service = createServer((request, response) => {
    const key = String(request.headers["idempotency-key"]);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    setTimeout(() => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ count }));
    }, delayMs());
  });
  return new Promise((resolve) =>
    service.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(service.address() as AddressInfo).port}/`),
    ),
  );
};

const start = async (name: Name): Promise<ServerProcess> => {
  const isJoining = servers.size > 0;
  const server = await serverProcess(dataDirectory, { name, isJoining });
  servers.set(name, server);
  return server;
};

const startAll = async () => {
  for (const name of names) await start(name);
};

const of = (name: Name): ServerProcess => {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`${name} was not started`);
  return server;
};

const api = (name: Name, path: string, body?: unknown) =>
  call({ url: of(name).url, dataDirectory }, path, body);

const deploy = async (name: string, definition: object) => {
  const document = JSON.stringify({ kind: "Process", name, definition });
  expect(await api("one", "/v1/processes", { document })).toMatchObject({ status: 201 });
};

const get = (url: string, next?: string) => ({
  Type: "Task",
  Resource: "holdfast:http:request",
  Arguments: { method: "GET", url },
  ...(next === undefined ? { End: true } : { Next: next }),
});

/** So many activities one after the other. */
const chain = (url: string, length: number) => ({
  QueryLanguage: "JSONata",
  StartAt: "S1",
  States: Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `S${index + 1}`,
      get(url, index + 1 < length ? `S${index + 2}` : undefined),
    ]),
  ),
});

/** Starts executions through `through` and waits for each of them, so many at once. */
const runAll = async (
  process: string,
  options: { readonly through: Name; readonly count: number; readonly atOnce: number },
) => {
  let begun = 0;
  const caller = async () => {
    while (begun < options.count) {
      begun += 1;
      const answer = await api(options.through, "/v1/executions", { process, waitSeconds: 29 });
      expect(answer?.body).toMatchObject({ status: "SUCCEEDED" });
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, caller));
};

/** How many activities each server has recorded the end of. */
const activitiesByServer = (): Record<string, number> => {
  const database = new DatabaseSync(join(dataDirectory, "holdfast.db"), { readOnly: true });
  const counts: Record<string, number> = {};
  for (const { body } of database.prepare("SELECT body FROM records").all()) {
    const record = JSON.parse(String(body)) as { server: string; facts: { kind: string }[] };
    const ended = record.facts.filter(({ kind }) => kind === "ActivitySucceeded").length;
    counts[record.server] = (counts[record.server] ?? 0) + ended;
  }
  database.close();
  return counts;
};

const until = async (what: string, holds: () => Promise<boolean>, patienceMs = 20_000) => {
  const endsAt = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > endsAt) throw new Error(`${what} did not come about`);
    await sleep(50);
  }
};

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), "holdfast-servers-"));
  servers = new Map();
});

afterEach(async () => {
  await Promise.all([...servers.values()].map((server) => server.kill()));
  service?.closeAllConnections();
  service?.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

describe("three servers on one data directory", () => {
  it("share what is started through one of them, under load", async () => {
    const url = await answerAfter(() => 30);
    await startAll();
    await deploy("shared", chain(url, 5));
    await runAll("shared", { through: "one", count: 300, atOnce: 48 });
    const counts = activitiesByServer();
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(total).toBe(1_500);
    console.log(counts);
    for (const name of names) {
      expect((counts[name] ?? 0) / total).toBeGreaterThan(0.25);
      expect((counts[name] ?? 0) / total).toBeLessThan(0.42);
    }
  });

  it("leave what is started through one of them there when there is little to do", async () => {
    const url = await answerAfter(() => 1);
    await startAll();
    await deploy("alone", chain(url, 3));
    await runAll("alone", { through: "two", count: 20, atOnce: 1 });
    expect(activitiesByServer()["two"]).toBe(60);
  });
});
