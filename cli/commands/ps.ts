import { connect } from "../environment/client.ts";
import type { ExecutionSummary, Status } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { inStatusColour, statusOf } from "../view/outcome.ts";
import { tableText } from "../view/table.ts";
import { counted, duration, elapsedMs, localTime } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

export interface PsOptions {
  readonly status?: Status;
  readonly process?: string;
  readonly limit: number;
  readonly all?: boolean;
}

/** `timer in Take a breath`, or the error of one that failed. */
const noteOf = ({ waitingFor, error = "" }: ExecutionSummary): string => {
  if (waitingFor === undefined) return error;
  const { kind, state, count = 1 } = waitingFor;
  const others = count > 1 ? ` and ${counted(count - 1, "other")}` : "";
  return state === undefined ? kind : `${kind} in ${state}${others}`;
};

/** Lists executions, newest first. */
export const ps = async ({ options, terminal }: Call<PsOptions>): Promise<number> => {
  const client = await connect(options);
  const { items, hasMore } = await readPages<ExecutionSummary>(client, {
    path: "/v1/executions",
    field: "executions",
    query: { status: options.status, process: options.process },
    limit: options.all === true ? Number.POSITIVE_INFINITY : options.limit,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  if (items.length === 0) {
    terminal.out("No such executions. Start one with: npx holdfast run FILE");
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
