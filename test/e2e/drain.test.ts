/** Maintenance under work that may not be repeated: a drained target, a server that is stopped, a rolling restart. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { type Endpoints, openEndpoints } from "./endpoints.ts";
import { holdfast, type Running, startEnvironment } from "./holdfast-command.ts";

const directory = mkdtempSync(join(tmpdir(), "holdfast-drain-"));
const closers: (() => unknown)[] = [];

afterAll(async () => {
  for (const close of closers) await close();
  rmSync(directory, { recursive: true, force: true });
});

/** Posts, which may not be repeated, one after the other. */
const processFile = (name: string, urls: readonly string[]): string => {
  const states = urls.map((url, index) => [
    `Post ${index + 1}`,
    {
      Type: "Task",
      Resource: "holdfast:http:request",
      Arguments: { method: "POST", url },
      ...(index + 1 < urls.length ? { Next: `Post ${index + 2}` } : { End: true }),
    },
  ]);
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "Post 1",
    States: Object.fromEntries(states),
  };
  const file = join(directory, `${name}.json`);
  writeFileSync(file, JSON.stringify({ kind: "Process", name, definition }));
  return file;
};

const environment = async () => {
  const data = mkdtempSync(join(directory, "data-"));
  const endpoints: Endpoints = await openEndpoints();
  closers.push(endpoints.close);
  const ask = async (...given: string[]) => {
    const { code, stdout, stderr } = await holdfast([...given, "--data", data]).ended;
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };
  const list = async () =>
    JSON.parse(await ask("ps", "--json", "--all")) as {
      executionId: string;
      status: string;
      waitingFor?: { kind: string; state?: string; drain?: string };
    }[];
  return { data, endpoints, ask, list };
};

const started = async (data: string): Promise<Running> => {
  const server = await startEnvironment(data);
  closers.push(() => server.child.kill("SIGKILL"));
  return server;
};

it("a drained target lets its request finish, holds the next, and others go on", async () => {
  const { data, endpoints, ask, list } = await environment();
  await started(data);
  const { held = "", fast = "" } = endpoints.urls;
  await ask("run", processFile("both", [held, fast]), "--name", "a", "--detach");
  const target = new URL(held).host;
  expect(await ask("drain", "target", target, "--reason", "a new disk")).toContain(
    "1 activity in flight",
  );
  const draining = holdfast(["drain", "target", target, "--wait", "--data", data]);
  await draining.shows("Waiting for 1 activity in flight");
  endpoints.letGo();
  expect((await draining.ended).stdout).toContain("all is drained");
  expect(await list()).toMatchObject([
    { executionId: "both:a", waitingFor: { kind: "drain", drain: `target:${target}` } },
  ]);
  expect(await ask("drains")).toContain("a new disk");
  expect(endpoints.requests.get("/fast")).toBeUndefined();
  await ask("resume", "target", target);
  expect(await ask("history", "both:a", "--follow")).toContain("SUCCEEDED");
  expect(endpoints.requests.get("/fast")).toBe(1);
  const told = JSON.parse(await ask("events", "--json")) as { kind: string }[];
  const ofDrains = told.map(({ kind }) => kind).filter((kind) => kind.startsWith("drain-"));
  expect(ofDrains).toEqual(["drain-ended", "drain-begun"]);
});

it("a server that is stopped says what it waits for, and fails nothing that may not be repeated", async () => {
  const { data, endpoints, ask, list } = await environment();
  const server = await started(data);
  const { held = "", fast = "" } = endpoints.urls;
  await ask("run", processFile("both", [held, fast]), "--name", "a", "--detach");
  server.child.kill("SIGTERM");
  await server.shows("Waiting for 1 activity in flight, at most");
  expect(server.output()).toContain("both:a, Post 1, for");
  endpoints.letGo();
  expect((await server.ended).code).toBe(0);
  await started(data);
  expect(await ask("history", "both:a", "--follow")).toContain("SUCCEEDED");
  expect(await list()).toMatchObject([{ status: "SUCCEEDED" }]);
  expect([...endpoints.requests]).toEqual([
    ["/held", 1],
    ["/fast", 1],
  ]);
});

it("a second signal stops a server at once", async () => {
  const { data, endpoints, ask } = await environment();
  const server = await started(data);
  await ask("run", processFile("silent", [endpoints.urls["silent"] ?? ""]), "--detach");
  server.child.kill("SIGTERM");
  await server.shows("Waiting for 1 activity in flight");
  await sleep(700);
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});

it("three servers that are restarted one after the other under load fail nothing", async () => {
  const { data, endpoints, ask, list } = await environment();
  const { slow = "" } = endpoints.urls;
  const join = async (name: string) => {
    const server = holdfast(["start", "--join", data, "--port", "0", "--name", name]);
    closers.push(() => server.child.kill("SIGKILL"));
    await server.shows("Ready.");
    return server;
  };
  const first = await started(data);
  const servers = [first, await join("second"), await join("third")];
  const file = processFile(
    "posts",
    Array.from({ length: 12 }, () => slow),
  );
  await ask("deploy", file);
  const names = Array.from({ length: 12 }, (_, index) => `e${index}`);
  await Promise.all(names.map((name) => ask("run", file, "--name", name, "--detach")));
  for (const [index, server] of servers.entries()) {
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    await join(`again-${index}`);
  }
  for (const name of names)
    expect(await ask("history", `posts:${name}`, "--follow")).toContain("SUCCEEDED");
  expect((await list()).every(({ status }) => status === "SUCCEEDED")).toBe(true);
  expect(endpoints.requests.get("/slow")).toBe(names.length * 12);
});

it("what waits for longer than operators have said for its kind is told of", async () => {
  const { data, ask } = await environment();
  const server = holdfast(["start", "--port", "0", "--data", data, "--wait-ages", "signal=1s"]);
  closers.push(() => server.child.kill("SIGKILL"));
  await server.shows("Ready.");
  expect(server.output()).toMatch(/overdue +signal=1s/);
  const file = join(data, "asking.json");
  const Ask = {
    Type: "Task",
    Resource: "holdfast:signals:wait",
    Parameters: { Names: ["go"] },
    End: true,
  };
  const definition = { StartAt: "Ask", States: { Ask } };
  writeFileSync(file, JSON.stringify({ kind: "Process", name: "asking", definition }));
  await ask("run", file, "--name", "a", "--detach");
  await server.shows("asking:a waits in Ask longer than it should");
  const told = JSON.parse(await ask("events", "--json")) as { kind: string }[];
  expect(told.map(({ kind }) => kind)).toContain("wait-overdue");
});
