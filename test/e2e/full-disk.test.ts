/** A server whose disk is full, from the start or in the middle of its work, and has room again. */

import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fillDisk, freeDisk } from "./fixtures/full-disk.ts";
import { call as callApi } from "./fixtures/server-process.ts";
import { heartbeats } from "./fixtures/server-url.ts";
import { type Ended, execute, holdfast, type Running, root } from "./holdfast-command.ts";

let directory: string;
let data: string;
let servers: Running[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-full-"));
  data = join(directory, "data");
});

afterEach(async () => {
  for (const { child } of servers) child.kill("SIGKILL");
  await Promise.all(servers.map(({ ended }) => ended));
  servers = [];
  await rm(directory, { recursive: true });
});

const call = (...commandArguments: string[]): Promise<Ended> =>
  holdfast(commandArguments, { env: { HOLDFAST_DATA: data }, cwd: directory }).ended;

const started = (...commandArguments: string[]): Running => {
  const server = holdfast(["start", "--port", "0", "--data", data, ...commandArguments]);
  servers.push(server);
  return server;
};

/** The server that was started last: one that was killed leaves its heartbeat. */
const address = (): { readonly url: string; readonly pid: number } => {
  const own = servers.at(-1)?.child.pid;
  const found = heartbeats(data).find(({ pid }) => pid === own) ?? heartbeats(data)[0];
  if (found === undefined) throw new Error("no server listens");
  return found;
};

const api = (path: string, body?: unknown) =>
  callApi({ url: address().url, dataDirectory: data }, path, body);

/** Tells, rests and tells again. */
const definition = {
  StartAt: "First",
  States: {
    First: {
      Type: "Task",
      Resource: "holdfast:core:raiseAlert",
      Parameters: { severity: "info", title: "first" },
      Next: "Rest",
    },
    Rest: { Type: "Wait", Seconds: 2, Next: "Second" },
    Second: {
      Type: "Task",
      Resource: "holdfast:core:raiseAlert",
      Parameters: { severity: "info", title: "second" },
      End: true,
    },
  },
};

const document = JSON.stringify({ kind: "Process", name: "resting", definition });

const statusOf = async (name: string): Promise<string> =>
  (await api(`/v1/executions/resting:${name}`))?.body.status;

const full =
  "See whether the disk of the data directory is over a quota or limit, or failing, and make room; waiting work goes on by itself.";

it("loses nothing when the disk is full for a while, and goes on by itself", async () => {
  await started().shows("Ready.");
  const { pid } = address();
  expect((await api("/v1/processes", { document }))?.status).toBe(201);
  const acknowledged: string[] = [];
  for (let count = 0; count < 20; count += 1) {
    const name = `before${count}`;
    const start = await api("/v1/executions", { process: "resting", name });
    expect(start?.status).toBe(201);
    acknowledged.push(name);
  }
  fillDisk(pid);
  await sleep(3_000);

  const refused = await api("/v1/executions", { process: "resting", name: "refused" });
  expect(refused).toMatchObject({
    status: 503,
    body: {
      type: "urn:holdfast:problem:storage-unavailable",
      code: "storage-unavailable",
      title: "The storage does not answer",
      detail: "the database cannot be used: disk I/O error",
      action: full,
    },
  });
  await writeFile(join(directory, "other.json"), document.replace("resting", "other"));
  expect(await call("deploy", "other.json")).toEqual({
    code: 2,
    stdout: "",
    stderr: `error  the database cannot be used: disk I/O error\n       ${full}\n`,
  });
  // What is there can be looked at, and nothing has ended without a trace of it on the disk.
  for (const name of acknowledged) expect(await statusOf(name)).toBe("RUNNING");
  expect((await api("/v1/processes"))?.body.processes).toHaveLength(1);

  freeDisk(pid);
  for (const name of acknowledged)
    await expect.poll(() => statusOf(name), { timeout: 60_000 }).toBe("SUCCEEDED");
  const { alerts } = (await api("/v1/alerts?limit=1000"))?.body ?? {};
  const titles = alerts.map(({ title }: { title: string }) => title);
  expect(titles.filter((title: string) => title === "second").length).toBeGreaterThanOrEqual(20);
  expect((await call("deploy", "other.json")).code).toBe(0);
  const again = await api("/v1/executions", { process: "resting", name: "refused" });
  expect([200, 201]).toContain(again?.status);
  await expect.poll(() => statusOf("refused"), { timeout: 60_000 }).toBe("SUCCEEDED");
  expect(servers[0]?.output()).not.toContain("    at ");
});

it("has every acknowledged start on the disk when it is killed while the disk is full", async () => {
  await started().shows("Ready.");
  const { pid } = address();
  await api("/v1/processes", { document });
  const acknowledged: string[] = [];
  for (let count = 0; count < 20; count += 1) {
    // Some of the starts meet the full disk, some do not.
    if (count === 10) fillDisk(pid);
    if (count === 15) freeDisk(pid);
    const name = `n${count}`;
    const answer = await api("/v1/executions", { process: "resting", name });
    if (answer?.status === 201) acknowledged.push(name);
    else expect(answer).toMatchObject({ status: 503, body: { code: "storage-unavailable" } });
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(15);
  fillDisk(pid);
  servers[0]?.child.kill("SIGKILL");
  await servers[0]?.ended;
  await started().shows("Ready.");
  for (const name of acknowledged)
    await expect.poll(() => statusOf(name), { timeout: 60_000 }).toBe("SUCCEEDED");
});

it("goes on when its log is on the full disk, too", async () => {
  const log = join(directory, "log");
  const shell = execute(
    "sh",
    [
      "-c",
      `exec "$0" cli/bin.js start --port 0 --data "$1" >"$2" 2>&1`,
      process.execPath,
      data,
      log,
    ],
    { cwd: root },
  );
  servers.push(shell);
  await expect
    .poll(() => existsSync(log) && readFileSync(log, "utf8"), { timeout: 20_000 })
    .toContain("Ready.");
  const { pid } = address();
  await api("/v1/processes", { document });
  fillDisk(pid);
  for (let count = 0; count < 3; count += 1)
    expect((await api("/v1/executions", { process: "resting" }))?.status).toBe(503);
  freeDisk(pid);
  expect((await api("/v1/executions", { process: "resting", name: "after" }))?.status).toBe(201);
});

it.each([0, 4_096, 8_192, 16_384, 40_000])(
  "does not start where only %i bytes fit, says so, and starts when there is room",
  async (bytes) => {
    const start = [
      "exec prlimit",
      `--fsize=${bytes}`,
      '"$0" cli/bin.js start --port 0 --data "$1"',
    ];
    const refused = await execute("sh", ["-c", start.join(" "), process.execPath, data], {
      cwd: root,
    }).ended;
    expect(refused).toEqual({
      code: 2,
      stdout: "",
      stderr: `error  the database cannot be used: disk I/O error\n       ${full}\n`,
    });
    await started().shows("Ready.");
    expect((await api("/v1/processes", { document }))?.status).toBe(201);
  },
);

it("says that an output cannot be written, and does not call the execution failed", async () => {
  await started().shows("Ready.");
  await api("/v1/processes", { document });
  const line = 'prlimit --fsize=0 "$0" cli/bin.js processes --data "$1" >"$2"';
  const listed = await execute(
    "sh",
    ["-c", line, process.execPath, data, join(directory, "list")],
    { cwd: root },
  ).ended;
  expect(listed).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(
      /^error {2}Cannot write the output: .+\n {7}Make room where .+\n$/,
    ),
  });
});
