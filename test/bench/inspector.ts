import { readFileSync } from "node:fs";
import type { CpuProfile } from "./profile.ts";

const SAMPLED_EVERY_US = 200;

/** V8's sampling profiler in a server, to be turned on for some time only. */
export interface Profiler {
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<CpuProfile>;
  readonly close: () => void;
}

/** Attaches to the server of a data directory that was started with `--inspect`: it says where in its log. */
export const attach = async (directory: string): Promise<Profiler> => {
  const url = /ws:\/\/\S+/.exec(readFileSync(`${directory}.log`, "utf8"))?.[0] ?? "";
  const socket = new WebSocket(url);
  await new Promise((opened, failed) => {
    socket.addEventListener("open", opened);
    socket.addEventListener("error", failed);
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
    waiting.get(id)?.(result);
  });
  let count = 0;
  const call = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve) => {
      count += 1;
      waiting.set(count, resolve);
      socket.send(JSON.stringify({ id: count, method, params }));
    });
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: SAMPLED_EVERY_US });
  return {
    begin: async () => {
      await call("Profiler.start");
    },
    end: async () => ((await call("Profiler.stop")) as { profile: CpuProfile }).profile,
    close: () => socket.close(),
  };
};
