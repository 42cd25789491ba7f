/** Processes that keep little, on a real server that is killed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Endpoints, openEndpoints } from "./endpoints.ts";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

/** Three requests, the last of which is held until the test lets it go. */
const definition = ({ urls }: Endpoints) => {
  const get = (url: string | undefined, next?: string) => ({
    Type: "Task",
    Resource: "holdfast:http:request",
    Parameters: { url },
    ResultPath: null,
    ...(next === undefined ? { End: true } : { Next: next }),
  });
  return {
    StartAt: "One",
    States: {
      One: get(urls["fast"], "Two"),
      Two: get(urls["fast"], "Three"),
      Three: get(urls["held"]),
    },
  };
};

describe("executions of which nothing is kept until their end", () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "holdfast-persistence-"));
  let endpoints: Endpoints;
  let server: ServerProcess;
  const api = async (path: string, body?: unknown) =>
    (await call({ url: server.url, dataDirectory }, path, body))?.body;
  const until = async (isDone: () => boolean | Promise<boolean>) => {
    while (!(await isDone())) await sleep(20);
  };
  const hasEnded = (id: string) => async () =>
    (await api(`/v1/executions/${id}`)).status !== "RUNNING";
  const arrived = (path: string) => endpoints.requests.get(path) ?? 0;

  beforeAll(async () => {
    endpoints = await openEndpoints();
    server = await serverProcess(dataDirectory);
    for (const onLoss of ["skip", "rerun"]) {
      const settings = { persistence: "none", onLoss };
      const document = {
        kind: "Process",
        name: onLoss,
        settings,
        definition: definition(endpoints),
      };
      await api("/v1/processes", { document: JSON.stringify(document) });
    }
  });

  afterAll(async () => {
    await server.kill();
    await endpoints.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  it("end as lost, or run again, when their server is killed; and so they stay", async () => {
    for (const process of ["skip", "rerun"])
      await api("/v1/executions", { process, name: "x", input: { n: 1 } });
    await until(() => arrived("/held") === 2);
    expect(arrived("/fast")).toBe(4);
    await server.kill();
    server = await serverProcess(dataDirectory);
    await until(hasEnded("skip:x"));
    expect(await api("/v1/executions/skip:x")).toMatchObject({
      status: "FAILED",
      error: "Holdfast.Lost",
      isCondensed: true,
    });
    await until(() => arrived("/held") === 3);
    endpoints.letGo();
    await until(hasEnded("rerun:x"));
    expect(arrived("/fast")).toBe(6);
    const ended = await api("/v1/executions/rerun:x");
    expect(ended).toMatchObject({ status: "SUCCEEDED", output: { n: 1 }, isCondensed: true });
    // Events are written behind what happens; a second kill would come before them.
    const lost = async () => {
      const { events } = await api("/v1/system-events?kind=execution-lost");
      const ids = events.map(({ executionId }: { executionId: string }) => executionId);
      return [...new Set(ids)].sort();
    };
    await until(async () => (await lost()).length === 2);
    expect(await lost()).toEqual(["rerun:x", "skip:x"]);
    await server.kill();
    server = await serverProcess(dataDirectory);
    expect(await api("/v1/executions/rerun:x")).toEqual(ended);
    const { events } = await api("/v1/executions/rerun:x/history");
    expect(events.map(({ type }: { type: string }) => type).slice(-2)).toEqual([
      "ExecutionDetailsNotKept",
      "ExecutionSucceeded",
    ]);
  });
});
