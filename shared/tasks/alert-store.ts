import { createHash } from "node:crypto";
import { assert, OrchestratorError } from "#core/errors.ts";
import type { Json } from "#core/json.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import type { Alert, Alerts } from "./alerts.ts";

/** Key: hash of the raiser's key; value: the id and time that the alert has, or will have. */
const claims = "alert-keys";
/** Key: alert id, which sorts by time; index: status and id. */
const collection = "alerts";

/** Tries of a conditional write that others win; only closing writes, so one repetition is to be expected. */
const triesMax = 10;

const digits = "0123456789abcdefghjkmnpqrstvwxyz";

const timePart = (atMs: number): string => {
  let rest = atMs;
  let text = "";
  for (let index = 0; index < 10; index += 1) {
    text = `${digits[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
};

const hashOf = (key: string): Buffer => createHash("sha256").update(key).digest();

/** A ULID in lower case whose random part is drawn from the key: ids sort by time, and one key gives one id at one time. */
const alertIdOf = (key: string, atMs: number): string => {
  const bytes = hashOf(key).subarray(0, 16);
  return `${timePart(atMs)}${[...bytes].map((byte) => digits[byte % 32]).join("")}`;
};

const alertOf = (document: StoredDocument): Alert => document.value as unknown as Alert;

const documentOf = (alert: Alert): Omit<StoredDocument, "version"> => ({
  collection,
  key: alert.alertId,
  index: `${alert.status}#${alert.alertId}`,
  value: alert as unknown as Json,
});

const notFound = (alertId: string): OrchestratorError =>
  new OrchestratorError("alert-not-found", `there is no alert ${alertId}`, {
    action: "List the alerts to see which there are.",
    details: { alertId },
  });

const closedAlert = (
  alert: Alert,
  by: { readonly closedBy: string; readonly reason?: string },
  closedAtMs: number,
): Alert => ({
  ...alert,
  status: "closed",
  closedAtMs,
  closedBy: by.closedBy,
  ...(by.reason === undefined ? {} : { closeReason: by.reason }),
});

/**
 * Alerts as documents. Raising makes two conditional writes: first the key claims an id and a time,
 * then the alert is stored under that id. Whoever comes with the same key again, at the same time or
 * after the process died in between, finds the claim and completes or reads the same alert.
 */
export const alertStore = (options: {
  readonly documents: DocumentStore;
  readonly nowMs: () => number;
}): Alerts => {
  const { documents, nowMs } = options;

  const claim = async (key: string): Promise<Pick<Alert, "alertId" | "raisedAtMs">> => {
    const raisedAtMs = nowMs();
    const value = { alertId: alertIdOf(key, raisedAtMs), raisedAtMs };
    const document = { collection: claims, key: hashOf(key).toString("hex"), value };
    const outcome = await documents.put(document, { expected: 0 });
    if (outcome.kind === "stored") return value;
    assert(outcome.found !== undefined, "a claim of an alert key is never removed");
    return outcome.found.value as unknown as typeof value;
  };

  const get = async (alertId: string): Promise<Alert | undefined> => {
    const document = await documents.get(collection, alertId);
    return document === undefined ? undefined : alertOf(document);
  };

  return {
    raise: async ({ key, ...content }) => {
      const alert: Alert = { ...(await claim(key)), status: "open", ...content };
      const outcome = await documents.put(documentOf(alert), { expected: 0 });
      return outcome.kind === "conflict" && outcome.found !== undefined
        ? alertOf(outcome.found)
        : alert;
    },

    get,

    list: async ({ status, limit, after }) => {
      const page = await documents.list(collection, {
        order: "descending",
        limit,
        ...(status === undefined ? {} : { by: "index", prefix: `${status}#` }),
        ...(after === undefined ? {} : { after }),
      });
      return { alerts: page.documents.map(alertOf), next: page.next };
    },

    close: async (alertId, by) => {
      for (let tries = 0; tries < triesMax; tries += 1) {
        const found = await documents.get(collection, alertId);
        if (found === undefined) throw notFound(alertId);
        const alert = alertOf(found);
        by.check?.(alert);
        if (alert.status === "closed") return alert;
        const closed = closedAlert(alert, by, nowMs());
        const outcome = await documents.put(documentOf(closed), { expected: found.version });
        if (outcome.kind === "stored") return closed;
      }
      throw new OrchestratorError(
        "version-conflict",
        `alert ${alertId} was changed by others ${triesMax} times while it was being closed`,
        { action: "Close it again.", details: { alertId } },
      );
    },
  };
};
