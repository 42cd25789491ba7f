import { connect } from "../environment/client.ts";
import type { Alert } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

export interface AlertsOptions {
  readonly status?: Alert["status"];
  readonly limit: number;
}

/** The colour of a severity. */
export const severityStyles = {
  critical: "red",
  warning: "yellow",
  info: "cyan",
} as const satisfies Record<Alert["severity"], string>;

/** Lists alerts, newest first. */
export const alerts = async ({ options, terminal }: Call<AlertsOptions>): Promise<number> => {
  const client = await connect(options);
  const { items, hasMore } = await readPages<Alert>(client, {
    path: "/v1/alerts",
    field: "alerts",
    query: { status: options.status },
    limit: options.limit,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  if (items.length === 0) {
    terminal.out(options.status === undefined ? "No alerts." : `No ${options.status} alerts.`);
    return exitCodes.success;
  }
  const rows = items.map(({ alertId, status, severity, raisedAt, title, subject = "" }) => [
    alertId,
    status,
    severity,
    localTime(raisedAt),
    title,
    subject,
  ]);
  const { paint } = terminal;
  const styles = {
    2: (text: string) => paint(severityStyles[text as Alert["severity"]] ?? "reset", text),
  };
  const head = ["ALERT", "STATUS", "SEVERITY", "RAISED", "TITLE", "SUBJECT"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint, styles }));
  if (hasMore) terminal.note(`More than ${items.length}: --limit N shows them.`);
  return exitCodes.success;
};
