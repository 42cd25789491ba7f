/**
 * What a distributed map of many items costs: each item is an execution of its own, read from a file
 * of JSON lines below the data directory and written back as its result.
 */
import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diskUsed, peakRss } from "./machine.ts";
import type { CommandContext } from "./profile.ts";
import { freshDirectory, type Server, startServer } from "./server.ts";

const POLL_MS = 250;

const definition = {
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemReader: {
        Resource: "holdfast:file:read",
        Parameters: { path: "items.jsonl" },
        ReaderConfig: { InputType: "JSONL" },
      },
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
        StartAt: "Keep",
        States: { Keep: { Type: "Pass", End: true } },
      },
      ResultWriter: { Resource: "holdfast:file:write", Parameters: { Prefix: "results" } },
      End: true,
    },
  },
};

const writeItems = async (directory: string, count: number): Promise<void> => {
  mkdirSync(join(directory, "files"), { recursive: true, mode: 0o700 });
  const file = createWriteStream(join(directory, "files/items.jsonl"));
  const text = "x".repeat(40);
  for (let id = 0; id < count; id += 1)
    if (!file.write(`${JSON.stringify({ id, name: `item ${id}`, text })}\n`))
      await once(file, "drain");
  await new Promise<void>((ended) => {
    file.end(() => ended());
  });
};

const runMap = async ({ client }: Server): Promise<number> => {
  await client.deploy(definition, "each");
  const startedAt = performance.now();
  const { executionId } = await client.start("each");
  for (;;) {
    const { status, error } = await client.describe(executionId);
    if (status === "SUCCEEDED") return (performance.now() - startedAt) / 1000;
    if (status !== "RUNNING") throw new Error(`the map has ${status}: ${error}`);
    await sleep(POLL_MS);
  }
};

/** Runs one map of so many items to its end. */
export const map = (count: number) =>
  async function measureMap({ parent, say }: CommandContext): Promise<object> {
    const directory = freshDirectory(parent);
    await writeItems(directory, count);
    const server = await startServer(directory);
    try {
      say(`a distributed map of ${count} items`);
      const seconds = await runMap(server);
      const figures = {
        items: count,
        seconds: Number(seconds.toFixed(1)),
        itemsPerSecond: Math.round(count / seconds),
        peakRssMb: Math.round(peakRss(server.pid)),
        diskMb: Math.round(diskUsed(directory)),
      };
      for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(16)} ${value}`);
      return figures;
    } finally {
      await server.stop();
    }
  };
