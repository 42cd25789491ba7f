/** Several servers on one data directory: how they share work, and what becomes of it when one of them dies or stands still. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { LogRecord } from "#core/execution/record.ts";
import { processStart } from "#platforms/embedded/process-start.ts";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";
import { heartbeats } from "./fixtures/server-url.ts";
import { execute, holdfast, root } from "./holdfast-command.ts";

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
  const environment = isJoining ? {} : { environment: "TEST" };
  const server = await serverProcess(dataDirectory, { name, isJoining, ...environment });
  servers.set(name, server);
  return server;
};

const startAll = async () => {
  for (const name of names) await start(name);
};

const authorization = () => {
  const token = readFileSync(join(dataDirectory, "admin.token"), "utf8").trim();
  return { authorization: `Bearer ${token}` };
};

const frozenWriter = join(import.meta.dirname, "fixtures", "frozen-writer.ts");

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

/** System events of a kind, the newest first. */
const eventsOf = async (through: Name, kind: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked at field by field
  ((await api(through, `/v1/system-events?kind=${kind}&limit=500`))?.body.events ?? []) as any[];

const statesOf = async (through: Name): Promise<Record<string, string>> => {
  const found = (await api(through, "/v1/servers"))?.body.servers ?? [];
  return Object.fromEntries(
    found.map(({ name, state }: { name: string; state: string }) => [name, state]),
  );
};

/** Starts executions that need not end soon; answers their ids. */
const startSome = async (process: string, through: Name, count: number) => {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      api(through, "/v1/executions", { process, name: `n${index}` }),
    ),
  );
  return answers.map((answer) => {
    expect(answer?.status).toBe(201);
    return String(answer?.body.executionId);
  });
};

const haveEnded = async (through: Name, process: string): Promise<boolean> => {
  const answer = await api(through, `/v1/executions?process=${process}&limit=1000&status=RUNNING`);
  return answer?.status === 200 && answer.body.executions.length === 0;
};

const mustHaveSucceeded = async (through: Name, process: string, count: number) => {
  const answer = await api(through, `/v1/executions?process=${process}&limit=1000`);
  const found = answer?.body.executions as {
    executionId: string;
    status: string;
    error?: string;
  }[];
  expect(found).toHaveLength(count);
  expect(found.filter(({ status }) => status !== "SUCCEEDED")).toEqual([]);
};

/** When executions were taken over, and by whom. */
const takeovers = (): readonly { readonly atMs: number; readonly server: string }[] => {
  const database = new DatabaseSync(join(dataDirectory, "holdfast.db"), { readOnly: true });
  const records = database
    .prepare("SELECT body FROM records")
    .all()
    .map(({ body }) => JSON.parse(String(body)) as LogRecord)
    .filter(({ facts }) => facts.some(({ kind }) => kind === "TakenOver"));
  database.close();
  return records;
};

describe("a server that is killed", () => {
  it("is noticed and taken over within 5 s, and nothing is lost", async () => {
    const url = await answerAfter(() => 200);
    await startAll();
    await deploy("killed", chain(url, 20));
    await startSome("killed", "one", 60);
    const hasSome = async () =>
      heartbeats(dataDirectory).some(
        ({ name, executions = 0 }) => name === "two" && executions > 10,
      );
    await until("work of two that it has told of", hasSome);
    const killedAtMs = Date.now();
    await of("two").kill();
    servers.delete("two");
    await until("the end of all", () => haveEnded("one", "killed"), 60_000);
    await mustHaveSucceeded("one", "killed", 60);
    const times = takeovers().map(({ atMs }) => atMs - killedAtMs);
    expect(times.length).toBeGreaterThan(5);
    expect(Math.max(...times)).toBeLessThan(5_000);
    const [gone] = await eventsOf("three", "server-gone");
    expect(gone).toMatchObject({ severity: "error", details: { server: "two" } });
    expect(Date.parse(gone.at) - killedAtMs).toBeLessThan(5_000);
    expect(gone.details.executions).toBeGreaterThan(5);
    expect(await eventsOf("three", "server-gone")).toHaveLength(1);
    expect(await statesOf("one")).toEqual({ one: "running", two: "gone", three: "running" });
    const removed = await fetch(`${of("three").url}/v1/servers/two`, {
      method: "DELETE",
      headers: { ...authorization(), "holdfast-reason": "its machine is gone" },
    });
    expect(removed.status).toBe(200);
    expect(await statesOf("one")).toEqual({ one: "running", three: "running" });
  });
});

describe("a server that stands still", () => {
  it("is taken over, changes nothing when it wakes up, and what it had in hand is told", async () => {
    const url = await answerAfter(() => 1_000);
    await startAll();
    await deploy("frozen", chain(url, 3));
    const ids = await startSome("frozen", "two", 3);
    await sleep(300);
    of("two").child.kill("SIGSTOP");
    await until("silence", async () => (await statesOf("one"))["two"] === "silent");
    await until("the end of all", () => haveEnded("one", "frozen"), 60_000);
    const outputs = await Promise.all(ids.map((id) => api("one", `/v1/executions/${id}`)));
    of("two").child.kill("SIGCONT");
    await until("its return", async () => (await statesOf("one"))["two"] === "running");
    await until("what it tells", async () => (await eventsOf("one", "late-result")).length === 3);
    for (const late of await eventsOf("one", "late-result")) {
      expect(ids).toContain(late.executionId);
      expect(late).toMatchObject({ server: "two", details: { attempt: 1, outcome: "succeeded" } });
    }
    const shown = await holdfast(["show", String(ids[0]), "--data", dataDirectory]).ended;
    expect(shown.stdout).toMatch(/late results\n.*attempt 1 of "S1" of frozen:n0 succeeded after/);
    const again = await Promise.all(ids.map((id) => api("two", `/v1/executions/${id}`)));
    expect(again).toEqual(outputs);
    for (const answer of again) expect(answer?.body.status).toBe("SUCCEEDED");
    expect(await eventsOf("one", "server-silent")).toMatchObject([{ details: { server: "two" } }]);
    expect(await eventsOf("one", "server-back")).toMatchObject([{ details: { server: "two" } }]);
  });

  it("between BEGIN and COMMIT is killed before the leases of the others run out", async () => {
    const url = await answerAfter(() => 5_000);
    await start("one");
    await start("two");
    await deploy("unharmed", {
      StartAt: "Write",
      States: {
        Write: {
          Type: "Task",
          Resource: "holdfast:http:request",
          Parameters: { method: "POST", url, idempotencyKey: false },
          End: true,
        },
      },
    });
    await startSome("unharmed", "one", 6);
    const frozen = spawn(process.execPath, [frozenWriter, dataDirectory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void frozen.kill("SIGKILL"));
    const ended = new Promise((resolve) => frozen.once("exit", (_, signal) => resolve(signal)));
    await new Promise((resolve) => frozen.stdout.once("data", resolve));
    const startedAtMs = performance.now();
    const answer = await api("two", "/v1/executions", { process: "unharmed", name: "while" });
    expect(answer?.status).toBe(201);
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    expect(await ended).toBe("SIGKILL");
    await until("the end of all", () => haveEnded("one", "unharmed"));
    await mustHaveSucceeded("one", "unharmed", 7);
    expect(takeovers()).toEqual([]);
    expect(await eventsOf("one", "server-killed")).not.toEqual([]);
  });
});

describe("what is done through one server", () => {
  it("is seen at once through another: a wait, a stream, a worker, a stop, a redrive", async () => {
    const url = await answerAfter(() => 700);
    await start("one");
    await start("two");
    await deploy("seen", chain(url, 1));
    // The wait ends with the execution, not a second later.
    await startSome("seen", "one", 1);
    const again = { process: "seen", name: "n0", waitSeconds: 20 };
    const waited = await api("two", "/v1/executions", again);
    expect(waited?.body.status).toBe("SUCCEEDED");
    const { stoppedAt } = waited?.body ?? {};
    expect(Date.now() - Date.parse(stoppedAt)).toBeLessThan(600);

    await deploy("outside", {
      StartAt: "Work",
      States: { Work: { Type: "Task", Resource: "holdfast:activity:work", End: true } },
    });
    const claimed = api("two", "/v1/activities/work/tasks", { waitSeconds: 20 });
    await startSome("outside", "one", 1);
    const task = await claimed;
    expect(task).toMatchObject({ status: 200, body: { task: { executionId: "outside:n0" } } });
    const answered = await api("two", "/v1/task-tokens/success", {
      token: task?.body.task.token,
      output: 1,
    });
    expect(answered?.status).toBe(200);
    await until("its end", async () => {
      const answer = await api("one", "/v1/executions/outside:n0");
      return answer?.body.status === "SUCCEEDED";
    });

    await deploy("stopped", chain(url, 8));
    await startSome("stopped", "one", 1);
    await sleep(200);
    const stopped = await api("two", "/v1/executions/stopped:n0/stop", { error: "Enough" });
    expect(stopped?.status).toBe(200);
    // The server that runs it is told by its next renewal: a third of the lease.
    await until(
      "the stop",
      async () => (await api("one", "/v1/executions/stopped:n0"))?.body.status === "ABORTED",
      5_000,
    );
    expect(await api("two", "/v1/executions/stopped:n0/redrive", {})).toMatchObject({
      status: 200,
    });
    expect((await api("one", "/v1/executions/stopped:n0"))?.body.status).not.toBe("ABORTED");
  });
});

describe("joining", () => {
  const starting = (...commandArguments: string[]) =>
    holdfast(["start", "--port", "0", ...commandArguments]).ended;

  it("wants an environment that is there and a token of it, and makes neither", async () => {
    const nowhere = join(dataDirectory, "nowhere");
    const absent = await starting("--join", nowhere);
    expect(absent.code).toBe(2);
    expect(absent.stderr).toContain(`there is no environment in ${nowhere}`);
    expect(existsSync(nowhere)).toBe(false);
    await start("one");
    const refused = await holdfast(["start", "--port", "0", "--join", dataDirectory], {
      env: { HOLDFAST_TOKEN: "wrong" },
    }).ended;
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("the access token may not add a server");
    const other = await starting("--join", dataDirectory, "--environment", "OTHER");
    expect(other.stderr).toContain("belongs to the environment TEST, not to OTHER");
    const taken = await starting("--join", dataDirectory, "--name", "one");
    expect(taken.stderr).toContain("a server one runs on the data directory");
    const alone = await starting("--data", dataDirectory);
    expect(alone.stderr).toContain(`--join ${dataDirectory}`);
    expect(await statesOf("one")).toEqual({ one: "running" });
  });

  it("several servers are started, kept running and stopped by one command", async () => {
    const command = execute(process.execPath, [
      join(root, "cli/bin.js"),
      "start",
      ...["--servers", "3", "--port", "0", "--name", "s", "--data", dataDirectory],
    ]);
    const pids = new Set<number>();
    onTestFinished(() => {
      command.child.kill("SIGKILL");
      // Servers go on without the command that keeps them.
      for (const pid of pids) if (processStart(pid) !== undefined) process.kill(pid, "SIGKILL");
    });
    const names = () =>
      heartbeats(dataDirectory)
        .map(({ name, pid }) => {
          pids.add(pid);
          return name;
        })
        .sort();
    await command.shows("Ready.");
    await until("three servers", async () => names().join() === "s-1,s-2,s-3");
    const [killed] = heartbeats(dataDirectory);
    if (killed === undefined) throw new Error("there is a server");
    process.kill(killed.pid, "SIGKILL");
    const isBack = async () =>
      heartbeats(dataDirectory).some(({ name, pid }) => name === killed.name && pid !== killed.pid);
    await until("its return", isBack);
    const listed = await holdfast(["servers", "--data", dataDirectory]).ended;
    for (const name of names()) expect(listed.stdout).toMatch(new RegExp(`${name} +running`));
    const without = await holdfast(["servers", "remove", "s-2", "--data", dataDirectory]).ended;
    expect(without.stderr).toContain("This wants a reason");
    const removed = await holdfast([
      ...["servers", "remove", "s-2", "--reason", "no longer needed"],
      ...["--data", dataDirectory],
    ]).ended;
    expect(removed.stdout).toContain("s-2 lets what it began finish, and ends");
    await until("two servers", async () => names().join() === "s-1,s-3");
    command.child.kill("SIGTERM");
    const { code } = await command.ended;
    expect(code, command.output()).toBe(0);
    expect(names()).toEqual([]);
  });
});
