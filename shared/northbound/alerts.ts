import type { Action } from "#access/actions.ts";
import type { CallAccess, ObjectRef } from "#access/call-access.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { Alert, Alerts } from "#tasks/alerts.ts";
import { pageOf } from "./cursor.ts";
import { onEach } from "./needs.ts";
import { type Change, type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch } from "./precondition.ts";
import { mayRead, readablePage } from "./readable-page.ts";
import { alert, alertPage, alertPath, alertQuery, alertView, closeBody } from "./schemas/alert.ts";

/** An alert belongs to what its execution belongs to; without one, to the environment. */
const refOf = ({ executionId }: Alert): ObjectRef =>
  executionId === undefined ? { kind: "environment" } : { kind: "execution", executionId };

/** The alert, if there is one that this may be done to. */
const allowedAlert = async (
  options: {
    readonly alerts: Alerts;
    readonly access: CallAccess;
    readonly action: Action;
  },
  alertId: string,
): Promise<Alert> => {
  const { alerts, access, action } = options;
  const hidden = () => new OrchestratorError("alert-not-found", `There is no alert ${alertId}.`);
  const found = await alerts.get(alertId);
  if (found === undefined) throw hidden();
  await access.demand(action, refOf(found), hidden);
  return found;
};

const etagOf = (found: Alert): string => contentEtag(alertView(found));

const list = (alerts: Alerts): Operation =>
  operation({
    method: "get",
    path: "/v1/alerts",
    operationId: "listAlerts",
    tag: "alerts",
    needs: onEach("alert:read"),
    summary: "List alerts, newest first",
    request: { query: alertQuery },
    answers: { 200: { description: "A page.", schema: alertPage } },
    problems: [],
    answer: async ({ query, access, cursors }) => {
      const found = await pageOf({ query, cursors }, "alerts", (place) =>
        readablePage(place, {
          read: alerts.list,
          itemsOf: (page) => page.alerts,
          keep: mayRead(access, "alert:read", refOf),
        }),
      );
      return { status: 200, body: { alerts: found.items.map(alertView), next: found.next } };
    },
  });

const get = (alerts: Alerts): Operation =>
  operation({
    method: "get",
    path: "/v1/alerts/{alertId}",
    operationId: "getAlert",
    tag: "alerts",
    needs: onEach("alert:read"),
    summary: "Show an alert",
    request: { params: alertPath },
    answers: { 200: { description: "The alert.", schema: alert } },
    problems: ["alert-not-found"],
    answer: async ({ params: { alertId }, access }) => {
      const found = await allowedAlert({ alerts, access, action: "alert:read" }, alertId);
      return { status: 200, headers: { etag: etagOf(found) }, body: alertView(found) };
    },
  });

const statusChange = (before: Alert, after: Alert): Change => ({
  before: { status: before.status },
  after: { status: after.status, closeReason: after.closeReason },
});

const close = (alerts: Alerts): Operation =>
  operation({
    method: "post",
    path: "/v1/alerts/{alertId}/close",
    operationId: "closeAlert",
    tag: "alerts",
    needs: onEach("alert:close"),
    summary: "Close an alert; closing it again changes nothing",
    request: { params: alertPath, headers: matching, body: closeBody },
    bodyExample: { reason: "The disk was replaced." },
    answers: { 200: { description: "The closed alert.", schema: alert } },
    problems: ["alert-not-found", "precondition-failed"],
    answer: async ({ params: { alertId }, headers, body, principal, access }) => {
      const before = await allowedAlert({ alerts, access, action: "alert:close" }, alertId);
      const closed = await alerts.close(alertId, {
        ...body,
        closedBy: principal,
        check: (found) => mustMatch(headers, etagOf(found)),
      });
      return {
        status: 200,
        headers: { etag: etagOf(closed) },
        body: alertView(closed),
        change: statusChange(before, closed),
      };
    },
  });

/** Operations on alerts. */
export const alertOperations = (alerts: Alerts): readonly Operation[] =>
  [list, get, close].map((made) => made(alerts));
