import type { Alert } from "#tasks/alerts.ts";
import { z } from "../z.ts";
import { instant, instantIfAny, instantOf, json, next, page } from "./shared.ts";

const alertId = z.string().max(256);
const status = z.enum(["open", "closed"]).openapi("AlertStatus");

/** A task that says that something is wrong. */
export const alert = z
  .strictObject({
    alertId,
    status,
    severity: z.enum(["info", "warning", "critical"]),
    title: z.string().openapi({ example: "orders.example.net is down" }),
    description: z.string().optional(),
    subject: z.string().optional().openapi({ description: "What it is about, e.g. a URL." }),
    details: json.optional(),
    raisedAt: instant,
    executionId: z.string().optional().openapi({ description: "The execution that raised it." }),
    closedAt: instant.optional(),
    closedBy: z.string().optional(),
    closeReason: z.string().optional(),
  })
  .openapi("Alert");

/** Path of one alert. */
export const alertPath = z.strictObject({ alertId });

/** Query of the list. */
export const alertQuery = z.strictObject({ status: status.optional(), ...page });

/** A page of alerts. */
export const alertPage = z.strictObject({ alerts: z.array(alert), next }).openapi("AlertPage");

/** Body of a close. */
export const closeBody = z
  .strictObject({ reason: z.string().max(4096).optional() })
  .openapi("AlertClose");

/** An alert as the API shows it. */
export const alertView = (shown: Alert): z.infer<typeof alert> => ({
  alertId: shown.alertId,
  status: shown.status,
  severity: shown.severity,
  title: shown.title,
  description: shown.description,
  subject: shown.subject,
  details: shown.details,
  raisedAt: instantOf(shown.raisedAtMs),
  executionId: shown.executionId,
  closedAt: instantIfAny(shown.closedAtMs),
  closedBy: shown.closedBy,
  closeReason: shown.closeReason,
});
