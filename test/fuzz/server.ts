/** A real embedded server in a process of its own, which tells its heap when it is asked. */
import { setTimeout as sleep } from "node:timers/promises";
import { startServer } from "#local/server.ts";

const [, , dataDirectory = ""] = process.argv;
const say = (message: object) => void process.send?.(message);

const server = await startServer({
  dataDirectory,
  host: "127.0.0.1",
  port: 0,
  graceMs: 1_000,
  log: ({ severity, message, cause }) => {
    if (severity === "error") say({ error: `${message} ${String(cause)}` });
  },
});
say({ url: server.url, token: server.newToken });

/** What is left on the heap when nothing is under way and all that can be is collected. */
const collectedHeap = async (): Promise<number> => {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    await sleep(500);
    globalThis.gc?.();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
};

process.on("message", async (asked) => {
  if (asked === "heap") say({ heap: await collectedHeap() });
  if (asked === "close") {
    await server.close();
    process.disconnect();
  }
});
