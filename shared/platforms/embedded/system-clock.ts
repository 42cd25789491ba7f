import { randomFillSync } from "node:crypto";
import type { Clock, Entropy } from "#ports/clock.ts";

/** What a timer of Node holds: 2^31 - 1 ms, about 24.8 days; a longer delay would fire at once. */
const timerMsMax = 2 ** 31 - 1;

/** Time of this machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, task) => {
    let timer: NodeJS.Timeout;
    const arm = (restMs: number): void => {
      const stepMs = Math.min(Math.max(0, restMs), timerMsMax);
      timer = setTimeout(() => (restMs > stepMs ? arm(restMs - stepMs) : task()), stepMs);
      timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};

/** Bytes drawn from the operating system at once: a call for each id costs more than writing its record. */
const poolSize = 4_096;
const pool = Buffer.alloc(poolSize);
let poolUsed = poolSize;

const drawHex = (bytes: number): string => {
  if (bytes > poolSize) return randomFillSync(Buffer.alloc(bytes)).toString("hex");
  if (poolUsed + bytes > poolSize) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  const drawn = pool.subarray(poolUsed, poolUsed + bytes);
  poolUsed += bytes;
  const digits = drawn.toString("hex");
  // What was a secret must not stay in memory.
  drawn.fill(0);
  return digits;
};

/** Random draws from the operating system; `hex` is fit for secrets. */
export const systemEntropy: Entropy = {
  hex: drawHex,
  fraction: () => Math.random(),
};
