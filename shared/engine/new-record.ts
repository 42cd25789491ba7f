import type { LogRecord } from "#core/execution/record.ts";
import type { EngineContext } from "./context.ts";

/** What a record says; the rest is who writes it, and when. */
type Said = Pick<
  LogRecord,
  "executionId" | "seq" | "turn" | "atMs" | "facts" | "commands" | "doneThrough"
> & {
  readonly secrets: readonly string[];
  readonly isOutside: boolean;
  /** Whether activities run in the turn after it: then it takes a lease. */
  readonly runs: boolean;
};

/** A record as it goes into the log. */
export const newRecord = (
  { clock, settings, server }: Pick<EngineContext, "clock" | "settings" | "server">,
  { secrets, isOutside, runs, ...said }: Said,
): LogRecord => ({
  epoch: 0,
  commitId: `${said.turn}.${said.seq}`,
  server,
  ...said,
  ...(secrets.length > 0 && { secrets }),
  ...(isOutside && { isOutside: true as const }),
  ...(runs ? { leaseUntilMs: clock.nowMs() + settings.leaseMs } : {}),
});
