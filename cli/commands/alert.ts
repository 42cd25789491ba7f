import { connect } from "../environment/client.ts";
import type { Alert } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { localTime, prettyJson, printable } from "../view/text.ts";
import { severityStyles } from "./alerts.ts";
import type { Call } from "./call.ts";
import { fieldLines } from "./show.ts";

const pathOf = (alertId: string): string => `/v1/alerts/${encodeURIComponent(alertId)}`;

const print = (alert: Alert, { out, paint }: Terminal): void => {
  const { severity, closedAt, details } = alert;
  const text = (value: string | undefined): string => printable(value ?? "");
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["alert", text(alert.alertId)],
    ["status", text(alert.status)],
    ["severity", paint(severityStyles[severity] ?? "reset", text(severity))],
    ["title", text(alert.title)],
    ["description", text(alert.description)],
    ["subject", text(alert.subject)],
    ["raised", localTime(alert.raisedAt)],
    ["execution", text(alert.executionId)],
    ["closed", closedAt === undefined ? "" : `${localTime(closedAt)} by ${text(alert.closedBy)}`],
    ["reason", text(alert.closeReason)],
  ];
  for (const line of fieldLines(fields, paint)) out(line);
  if (details !== undefined) out(`${paint("dim", "details")}\n${prettyJson(details)}`);
};

/** Describes one alert. */
export const showAlert = async ({ options, terminal }: Call, alertId: string): Promise<number> => {
  const client = await connect(options);
  const alert = await client.get<Alert>(pathOf(alertId));
  if (options.json === true) terminal.json(alert);
  else print(alert, terminal);
  return exitCodes.success;
};

/** Closes an alert; closing a closed one changes nothing. */
export const closeAlert = async (
  { options, terminal }: Call<{ readonly reason?: string }>,
  alertId: string,
): Promise<number> => {
  const client = await connect(options);
  const alert = await client.post<Alert>(`${pathOf(alertId)}/close`, { reason: options.reason });
  if (options.json === true) terminal.json(alert);
  else terminal.out(`${printable(alert.alertId)} is closed`);
  return exitCodes.success;
};
