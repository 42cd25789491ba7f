import type { Clock } from "#ports/clock.ts";
import type { AuditedCall, AuditedOutcome } from "./audit.ts";
import { denialKindsMax, denialWindowMs } from "./limits.ts";

/** A call that was not allowed, and how often since it was last written down. */
export interface Denial {
  readonly call: AuditedCall;
  readonly outcome: AuditedOutcome;
  readonly count?: number;
}

/** What is one and the same denial. A caller that nobody knows could name any object. */
const kindOf = ({ principal, from, operation, object }: AuditedCall): string =>
  JSON.stringify(principal === "anonymous" ? [principal, from] : [principal, operation, object]);

interface Counted {
  latest: Denial;
  /** Since it was last written down. */
  count: number;
  /** Written down in this window. */
  told: number;
}

interface DenialOptions {
  readonly clock: Clock;
  readonly write: (denial: Denial) => void;
  /** The server may end at any time, and what it has not written down with it: then a number is written as often as it doubles. */
  readonly mayVanish: boolean;
}

/** Lets the first denial of a kind through at once, and of those after it a number for each window. */
export const denials = ({ clock, write, mayVanish }: DenialOptions) => {
  const seen = new Map<string, Counted>();
  let cancel: (() => void) | undefined;

  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const left = [...seen.values()].filter(({ count }) => count > 0);
    seen.clear();
    for (const { latest, count } of left) write({ ...latest, count });
  };

  const again = (known: Counted, latest: Denial): void => {
    known.latest = latest;
    known.count += 1;
    if (!mayVanish || known.count < known.told) return;
    write({ ...latest, count: known.count });
    known.told += known.count;
    known.count = 0;
  };

  return {
    add: (call: AuditedCall, outcome: AuditedOutcome): void => {
      cancel ??= clock.after(denialWindowMs, flush);
      const own = kindOf(call);
      const kind = seen.has(own) || seen.size < denialKindsMax ? own : "others";
      const known = seen.get(kind);
      if (known === undefined) {
        seen.set(kind, { latest: { call, outcome }, count: 0, told: 1 });
        write({ call, outcome });
      } else again(known, { call, outcome });
    },
    /** Writes the numbers that are left. */
    flush,
  };
};
