/** The functions of an environment in a process of their own, so that what they take is not mixed with what the servers take. */
import { performance } from "node:perf_hooks";
import type { UnitName } from "#lambdas/build.ts";
import { contextOf } from "../lambdas/functions.ts";

export interface Invocation {
  readonly unit: UnitName;
  readonly event: unknown;
  readonly timeMs: number;
  /** So far the time is ahead of the machine's, ms. */
  readonly aheadMs: number;
}

/** What came of an invocation, and what it took. */
export interface Invoked {
  readonly result: unknown;
  /** From its beginning to its end, ms. */
  readonly wallMs: number;
  /** Time of the processor, ms. */
  readonly cpuMs: number;
  readonly logBytes: number;
  /** Memory of the process with all functions, MiB. */
  readonly residentMib: number;
}

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const handlers = new Map<UnitName, Handler>();

const handlerOf = async (unit: UnitName): Promise<Handler> => {
  const known = handlers.get(unit);
  if (known !== undefined) return known;
  const { handler } = await import(`../../lambdas/${unit}.ts`);
  handlers.set(unit, handler);
  return handler;
};

const now = Date.now.bind(Date);
let aheadMs = 0;
Date.now = () => now() + aheadMs;

let logBytes = 0;
process.stdout.write = (text: string | Uint8Array) => {
  logBytes += Buffer.byteLength(text);
  return true;
};

const mib = 1024 * 1024;

const invoke = async (invocation: Invocation): Promise<Invoked> => {
  const { unit, event, timeMs } = invocation;
  const handler = await handlerOf(unit);
  aheadMs = invocation.aheadMs;
  logBytes = 0;
  const beganMs = performance.now();
  const before = process.cpuUsage();
  const result = await handler(event, contextOf(unit, timeMs));
  const { user, system } = process.cpuUsage(before);
  return {
    result,
    wallMs: performance.now() - beganMs,
    cpuMs: (user + system) / 1_000,
    logBytes,
    residentMib: process.memoryUsage.rss() / mib,
  };
};

process.on("message", (invocation: Invocation) => {
  invoke(invocation).then(
    (invoked) => process.send?.(invoked),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
