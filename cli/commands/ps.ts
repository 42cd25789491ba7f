import { connect } from "../environment/client.ts";
import type { ExecutionSummary, Status } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { inStatusColour, statusOf } from "../view/outcome.ts";
import { tableText } from "../view/table.ts";
import { duration, elapsedMs, localTime } from "../view/text.ts";
import { waitText } from "../view/wait-text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

export interface PsOptions {
  readonly status?: Status;
  readonly process?: string;
  readonly waitingFor?: string;
  /** Seconds. */
  readonly waitingLongerThan?: number;
  readonly startedBy?: string;
  readonly since?: string;
  readonly until?: string;
  readonly error?: string;
  readonly tag?: string;
  readonly input?: string;
  readonly limit: number;
  readonly all?: boolean;
}

/** What it waits for and for how long, or the error of one that failed. */
const noteOf = ({ waitingFor, error = "" }: ExecutionSummary): string =>
  waitingFor === undefined
    ? error
    : `${waitText(waitingFor)}, ${duration(elapsedMs(waitingFor.since, undefined))}`;

/** A day begins at midnight in UTC. */
const instantOf = (text: string | undefined): string | undefined =>
  text && new Date(text).toISOString();

/** Lists executions, newest first. */
export const ps = async ({ options, terminal }: Call<PsOptions>): Promise<number> => {
  const client = await connect(options);
  const query = {
    status: options.status,
    process: options.process,
    waitingFor: options.waitingFor,
    waitingLongerThan: options.waitingLongerThan,
    startedBy: options.startedBy,
    startedSince: instantOf(options.since),
    startedUntil: instantOf(options.until),
    error: options.error,
    tag: options.tag,
    input: options.input,
  };
  const { items, hasMore } = await readPages<ExecutionSummary>(client, {
    path: "/v1/executions",
    field: "executions",
    query,
    limit: options.all === true ? Number.POSITIVE_INFINITY : options.limit,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  if (items.length === 0) {
    const isFiltered = Object.values(query).some((given) => given !== undefined);
    terminal.out(
      isFiltered ? "No such executions." : "No executions. Start one with: npx holdfast run FILE",
    );
    return exitCodes.success;
  }
  const rows = items.map((execution) => [
    execution.executionId,
    String(execution.version),
    statusOf(execution),
    localTime(execution.startedAt),
    duration(elapsedMs(execution.startedAt, execution.stoppedAt)),
    noteOf(execution),
  ]);
  const { paint } = terminal;
  const styles = { 2: (text: string) => inStatusColour(text, paint) };
  const head = ["EXECUTION", "VERSION", "STATUS", "STARTED", "DURATION", "WAITS FOR / ERROR"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint, styles }));
  if (hasMore) terminal.note(`More than ${items.length}: --limit N or --all shows them.`);
  return exitCodes.success;
};
