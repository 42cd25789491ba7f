import { randomBytes } from "node:crypto";
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

/** Random draws from the operating system; `hex` is fit for secrets. */
export const systemEntropy: Entropy = {
  hex: (bytes) => randomBytes(bytes).toString("hex"),
  fraction: () => Math.random(),
};
