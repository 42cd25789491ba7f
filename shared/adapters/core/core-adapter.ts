import { setTimeout as sleep } from "node:timers/promises";
import { OrchestratorError } from "#core/errors.ts";
import { type Json, printJson } from "#core/json.ts";
import type { AlertSeverity, Alerts } from "#tasks/alerts.ts";
import { type ActivityDefinition, ActivityError, type Adapter } from "../adapter.ts";

/** Characters of `details` as JSON: an alert is one item of the document store, read as a whole in lists. */
const detailsLengthMax = 65_536;

const echo: ActivityDefinition = {
  title: "Echo",
  description: "Gives back its parameters. For tests, benchmarks and placeholders.",
  input: {},
  output: {},
  flags: { readOnly: true, restartable: true, verifiable: false },
  errors: {},
  run: (parameters) => parameters,
};

interface RaiseAlertParameters {
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly description?: string;
  readonly subject?: string;
  readonly details?: Json;
}

const notRaised = (parameters: RaiseAlertParameters, thrown: unknown): unknown => {
  if (!(thrown instanceof OrchestratorError)) return thrown;
  const action = thrown.action === undefined ? "" : ` ${thrown.action}`;
  return new ActivityError(
    "Holdfast.AlertNotRaised",
    `the alert "${parameters.title}" was not stored: ${thrown.message}.${action}`,
    { cause: thrown },
  );
};

const firstDelayMs = 50;
const delayMsMax = 2_000;

/** Asks again for as long as the storage takes nothing: an outage costs time, and fails no activity by itself. */
const untilStored = async <T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, delayMsMax)) {
    try {
      return await ask();
    } catch (error) {
      const passes = error instanceof OrchestratorError && error.scope === "retry-call";
      if (!passes || signal.aborted) throw error;
      // Nobody waits any more: it is asked a last time, and at once.
      await sleep(delayMs, undefined, { signal }).catch(() => {});
    }
  }
};

const raiseAlert = (alerts: Alerts): ActivityDefinition => ({
  title: "Raise alert",
  description:
    "Opens an alert for people to look at. Attempts of one activity raise one alert, so it may be restarted.",
  input: {
    type: "object",
    properties: {
      severity: { enum: ["info", "warning", "critical"] },
      title: { type: "string", minLength: 1, maxLength: 200 },
      description: { type: "string", maxLength: 10_000 },
      subject: { type: "string", maxLength: 2_000 },
      details: {},
    },
    required: ["severity", "title"],
    additionalProperties: false,
  },
  output: {
    type: "object",
    properties: {
      alertId: { type: "string" },
      status: { enum: ["open", "closed"] },
      raisedAt: { type: "string" },
    },
    required: ["alertId", "status", "raisedAt"],
    additionalProperties: false,
  },
  flags: { readOnly: false, restartable: true, verifiable: false },
  errors: {
    "Holdfast.AlertTooLarge": `The details are longer than ${detailsLengthMax} characters of JSON.`,
    "Holdfast.AlertNotRaised":
      "The storage refused the alert; where it only takes nothing for a while the activity waits.",
  },
  run: async (json, context) => {
    const parameters = json as unknown as RaiseAlertParameters;
    const length = parameters.details === undefined ? 0 : printJson(parameters.details).length;
    if (length > detailsLengthMax) {
      throw new ActivityError(
        "Holdfast.AlertTooLarge",
        `"details" of the alert "${parameters.title}" has ${length} characters of JSON, at most ${detailsLengthMax} are kept: name where to look instead`,
      );
    }
    try {
      const { idempotencyKey: key, executionId, signal } = context;
      const raise = () => alerts.raise({ ...parameters, key, executionId });
      const alert = await untilStored(raise, signal);
      const raisedAt = new Date(alert.raisedAtMs).toISOString();
      return { alertId: alert.alertId, status: alert.status, raisedAt };
    } catch (thrown) {
      throw notRaised(parameters, thrown);
    }
  },
});

/** Activities that act on the environment itself: `holdfast:core:*`. */
export const coreAdapter = (options: { readonly alerts: Alerts }): Adapter => ({
  name: "core",
  description: "Acts on the environment itself.",
  activities: { echo, raiseAlert: raiseAlert(options.alerts) },
});
