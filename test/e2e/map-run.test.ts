/** A distributed map of ten thousand items on a server that is killed in the middle of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, type ServerProcess, serverProcess } from "./fixtures/server-process.ts";

const itemCount = 10_000;
const killsAt = [2_000, 6_000];

const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemReader: {
        Resource: "holdfast:file:read",
        Arguments: { path: "items.csv" },
        ReaderConfig: { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
      },
      ItemSelector: {
        id: "{% $number($states.context.Map.Item.Value.id) %}",
        index: "{% $states.context.Map.Item.Index %}",
      },
      MaxConcurrency: 200,
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
        StartAt: "Work",
        States: { Work: { Type: "Task", Resource: "holdfast:core:echo", End: true } },
      },
      ResultWriter: {
        Resource: "holdfast:file:write",
        Arguments: { Prefix: "results" },
        WriterConfig: { OutputType: "JSONL", Transformation: "COMPACT" },
      },
      End: true,
    },
  },
};

describe("a map of ten thousand items on a server that is killed", () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "holdfast-map-run-"));
  let server: ServerProcess;
  const api = async (path: string, body?: unknown) =>
    (await call({ url: server.url, dataDirectory }, path, body))?.body;

  beforeAll(async () => {
    const rows = Array.from({ length: itemCount }, (_, id) => `${id},"item, ${id}"`);
    mkdirSync(join(dataDirectory, "files"), { recursive: true });
    writeFileSync(join(dataDirectory, "files/items.csv"), ["id,name", ...rows].join("\n"));
    server = await serverProcess(dataDirectory);
  });
  afterAll(async () => {
    await server.kill();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  const mapRun = async () => {
    const { mapRuns } = await api("/v1/executions/big:one");
    return api(`/v1/map-runs/${encodeURIComponent(mapRuns[0])}`);
  };

  const ended = async () => {
    for (;;) {
      const parent = await api("/v1/executions/big:one");
      if (parent.status !== "RUNNING") return parent;
      await sleep(100);
    }
  };

  /** Status by name of everything that the map run is and has started. */
  const statusesOfParts = async (): Promise<ReadonlyMap<string, string>> => {
    const statuses = new Map<string, string>();
    for (let after: string | undefined = ""; after !== undefined; ) {
      const query: string = new URLSearchParams({
        process: "big/Each",
        limit: "200",
        ...(after !== "" && { after }),
      }).toString();
      const { executions, next } = await api(`/v1/executions?${query}`);
      for (const { name, status } of executions) statuses.set(name, status);
      after = next;
    }
    return statuses;
  };

  /** What the manifest at `key` names, in its order. */
  const resultsAt = (key: string): readonly unknown[] => {
    const files = join(dataDirectory, "files");
    const { SUCCEEDED } = JSON.parse(readFileSync(join(files, key), "utf8")).ResultFiles;
    return SUCCEEDED.flatMap(({ Key }: { Key: string }) =>
      readFileSync(join(files, Key), "utf8").trimEnd().split("\n"),
    ).map((line: string) => JSON.parse(line));
  };

  it("gives every item exactly one child that succeeds, and the parent a log of three records", async () => {
    const document = JSON.stringify({ kind: "Process", name: "big", definition });
    expect(await api("/v1/processes", { document })).toMatchObject({ name: "big" });
    await api("/v1/executions", { process: "big", name: "one", input: {} });
    for (const killAt of killsAt) {
      while ((await mapRun()).children.succeeded < killAt) await sleep(20);
      await server.kill();
      server = await serverProcess(dataDirectory);
    }
    expect((await mapRun()).children.succeeded).toBeLessThan(itemCount);
    const parent = await ended();
    expect(parent).toMatchObject({ status: "SUCCEEDED", recordCount: 3 });
    const all = { total: itemCount, succeeded: itemCount, running: 0, failed: 0, aborted: 0 };
    expect(await mapRun()).toMatchObject({ status: "SUCCEEDED", items: all, children: all });
    const statuses = await statusesOfParts();
    expect(statuses.size).toBe(itemCount + 1);
    expect(new Set(statuses.values())).toEqual(new Set(["SUCCEEDED"]));
    expect(resultsAt(parent.output.ResultWriterDetails.Key)).toEqual(
      Array.from({ length: itemCount }, (_, id) => ({ id, index: id })),
    );
  }, 300_000);
});
