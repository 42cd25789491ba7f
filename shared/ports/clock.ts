/** Time of this server, epoch ms. May jump; whoever needs monotone time makes it so. */
export interface Clock {
  readonly nowMs: () => number;
  /** Calls `task` once, `delayMs` from now at the earliest; the result cancels it. */
  readonly after: (delayMs: number, task: () => void) => () => void;
}

/** Unpredictable draws, for ids, seeds and spreading load: never for a decision of an execution. */
export interface Entropy {
  /** `bytes` random bytes as lower-case hexadecimal digits. */
  readonly hex: (bytes: number) => string;
  /** 0 <= x < 1. */
  readonly fraction: () => number;
}
