/** An expression that takes all the memory of its server, in a server of its own with little of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

const dataDirectory = mkdtempSync(join(tmpdir(), "holdfast-poison-"));
/** Megabytes: enough for a server, and too little for the expression. */
const heapMb = 80;
/** Each is an array of its own: together more than the heap, each well within the limits of an expression. */
const ranges = Array.from({ length: 15 }, () => "[1..$states.input.n]").join(", ");

/** Counts a lot of numbers after a second, or few. */
const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Rest",
  States: {
    Rest: { Type: "Wait", Seconds: 1, Next: "Gather" },
    Gather: {
      Type: "Pass",
      Output: `{% $count([[${ranges}]]) %}`,
      End: true,
    },
  },
};

let server: ServerProcess | undefined;
let startCount = 0;

const api = async (path: string, body?: unknown) =>
  server === undefined ? undefined : call({ url: server.url, dataDirectory }, path, body);

/** Starts the server whenever it has ended, until `isDone`. */
const keepRunning = async (isDone: () => Promise<boolean>): Promise<void> => {
  for (;;) {
    if (
      server === undefined ||
      server.child.exitCode !== null ||
      server.child.signalCode !== null
    ) {
      server = undefined;
      startCount += 1;
      server = await serverProcess(dataDirectory, undefined, [
        `--max-old-space-size=${heapMb}`,
      ]).catch(() => undefined);
    }
    if (await isDone().catch(() => false)) return;
    await sleep(100);
  }
};

afterAll(async () => {
  await server?.kill();
  rmSync(dataDirectory, { recursive: true, force: true });
});

it("a process that takes all memory is set aside, while others go on", {
  timeout: 240_000,
}, async () => {
  await keepRunning(async () => (await api("/v1/health"))?.status === 200);
  const document = JSON.stringify({ kind: "Process", name: "gather", definition });
  expect((await api("/v1/processes", { document }))?.status).toBe(201);
  const start = async (name: string, n: number) =>
    expect((await api("/v1/executions", { process: "gather", name, input: { n } }))?.status).toBe(
      201,
    );
  await start("much", 900_000);
  for (let index = 0; index < 10; index += 1) await start(`little-${index}`, 10);
  await keepRunning(
    async () => (await api("/v1/executions/gather:much"))?.body.waitingFor?.kind === "setAside",
  );
  expect(startCount).toBeGreaterThanOrEqual(6);
  expect(startCount).toBeLessThanOrEqual(16);
  for (let index = 0; index < 10; index += 1) {
    await keepRunning(
      async () => (await api(`/v1/executions/gather:little-${index}`))?.body.status === "SUCCEEDED",
    );
  }
  const listed = await api("/v1/executions?waitingFor=setAside");
  expect(listed?.body.executions).toMatchObject([{ executionId: "gather:much" }]);
  const told = await api("/v1/system-events?kind=execution-set-aside");
  expect(told?.body.events).toMatchObject([
    { severity: "error", executionId: "gather:much", details: { tries: 5 } },
  ]);
  // It is left alone: the server lives on.
  const starts = startCount;
  await sleep(3_000);
  await keepRunning(async () => (await api("/v1/health"))?.status === 200);
  expect(startCount).toBe(starts);
  const stopped = await api("/v1/executions/gather:much/stop", {});
  expect(stopped?.body.status).toBe("ABORTED");
});
