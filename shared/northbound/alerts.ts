import { OrchestratorError } from "#core/errors.ts";
import type { Alerts } from "#tasks/alerts.ts";
import { pageOf } from "./cursor.ts";
import { type Operation, operation } from "./operation.ts";
import { alert, alertPage, alertPath, alertQuery, alertView, closeBody } from "./schemas/alert.ts";

const list = (alerts: Alerts): Operation =>
  operation({
    method: "get",
    path: "/v1/alerts",
    operationId: "listAlerts",
    tag: "alerts",
    summary: "List alerts, newest first",
    request: { query: alertQuery },
    answers: { 200: { description: "A page.", schema: alertPage } },
    problems: [],
    answer: async ({ query }) => {
      const found = await pageOf("alerts", query, alerts.list);
      return { status: 200, body: { alerts: found.alerts.map(alertView), next: found.next } };
    },
  });

const get = (alerts: Alerts): Operation =>
  operation({
    method: "get",
    path: "/v1/alerts/{alertId}",
    operationId: "getAlert",
    tag: "alerts",
    summary: "Show an alert",
    request: { params: alertPath },
    answers: { 200: { description: "The alert.", schema: alert } },
    problems: ["alert-not-found"],
    answer: async ({ params: { alertId } }) => {
      const found = await alerts.get(alertId);
      if (found === undefined) {
        throw new OrchestratorError("alert-not-found", `There is no alert ${alertId}.`);
      }
      return { status: 200, body: alertView(found) };
    },
  });

const close = (alerts: Alerts): Operation =>
  operation({
    method: "post",
    path: "/v1/alerts/{alertId}/close",
    operationId: "closeAlert",
    tag: "alerts",
    summary: "Close an alert; closing it again changes nothing",
    request: { params: alertPath, body: closeBody },
    bodyExample: { reason: "The disk was replaced." },
    answers: { 200: { description: "The closed alert.", schema: alert } },
    problems: ["alert-not-found"],
    answer: async ({ params, body, principal }) => ({
      status: 200,
      body: alertView(await alerts.close(params.alertId, { ...body, closedBy: principal })),
    }),
  });

/** Operations on alerts. */
export const alertOperations = (alerts: Alerts): readonly Operation[] =>
  [list, get, close].map((made) => made(alerts));
