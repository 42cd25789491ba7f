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

/** Lets the first denial of a kind through at once, and of those after it a number for each window. */
export const denials = (clock: Clock, write: (denial: Denial) => void) => {
  const seen = new Map<string, { latest: Denial; count: number }>();
  let cancel: (() => void) | undefined;

  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const again = [...seen.values()].filter(({ count }) => count > 0);
    seen.clear();
    for (const { latest, count } of again) write({ ...latest, count });
  };

  return {
    add: (call: AuditedCall, outcome: AuditedOutcome): void => {
      cancel ??= clock.after(denialWindowMs, flush);
      const own = kindOf(call);
      const kind = seen.has(own) || seen.size < denialKindsMax ? own : "others";
      const known = seen.get(kind);
      if (known === undefined) {
        seen.set(kind, { latest: { call, outcome }, count: 0 });
        write({ call, outcome });
      } else seen.set(kind, { latest: { call, outcome }, count: known.count + 1 });
    },
    /** Writes the numbers that are left. */
    flush,
  };
};
