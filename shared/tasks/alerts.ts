import type { Json } from "#core/json.ts";

export type AlertSeverity = "info" | "warning" | "critical";

/** A task that says that something is wrong and wants a person. */
export interface Alert {
  readonly alertId: string;
  readonly status: "open" | "closed";
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly description?: string;
  /** What it is about, for example a URL. */
  readonly subject?: string;
  readonly details?: Json;
  readonly raisedAtMs: number;
  /** The execution that raised it. */
  readonly executionId?: string;
  readonly closedAtMs?: number;
  readonly closedBy?: string;
  readonly closeReason?: string;
}

export interface Alerts {
  /** Idempotent by `key`: raising the same key again answers the alert that is there. */
  readonly raise: (
    alert: Pick<
      Alert,
      "severity" | "title" | "description" | "subject" | "details" | "executionId"
    > & {
      readonly key: string;
    },
  ) => Promise<Alert>;
  readonly get: (alertId: string) => Promise<Alert | undefined>;
  /** Newest first. */
  readonly list: (options: {
    readonly status?: Alert["status"];
    readonly limit: number;
    readonly after?: string;
  }) => Promise<{ readonly alerts: readonly Alert[]; readonly next: string | undefined }>;
  /** Closing a closed alert changes nothing; `check` may throw. Rejects: `alert-not-found`. */
  readonly close: (
    alertId: string,
    by: {
      readonly closedBy: string;
      readonly reason?: string;
      readonly check?: (found: Alert) => void;
    },
  ) => Promise<Alert>;
}
