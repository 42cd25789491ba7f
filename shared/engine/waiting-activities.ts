import { activityNameOf } from "#core/execution/resource-kind.ts";
import type { Activity } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { DocumentStore } from "#ports/document-store.ts";

/** Key: execution, activity and attempt; index: name of the activity and since when it waits. */
const collection = "waitingActivities";

/** An attempt that waits for a worker to ask for it. */
export interface WaitingActivity {
  readonly executionId: string;
  readonly activity: string;
  readonly attempt: number;
  /** Name of the Task state. */
  readonly state: string;
  readonly sinceMs: number;
}

type Attempt = Pick<WaitingActivity, "executionId" | "activity" | "attempt">;

const keyOf = ({ executionId, activity, attempt }: Attempt): string =>
  `${executionId}/${activity}/${attempt}`;

/** Names of activities have no "#". */
const indexOf = (name: string, sinceMs: number): string =>
  `${name}#${String(sinceMs).padStart(16, "0")}`;

/**
 * What workers may ask for, by the name of the activity, the oldest first. A hint: whether an attempt
 * still waits only the log of its execution knows, and only that decides who gets it.
 */
export const waitingActivities = (documents: DocumentStore) => ({
  /** Lays an attempt out; to do it again changes nothing. */
  add: async (executionId: string, activity: Activity): Promise<void> => {
    const { id, attempt, state, startedAtMs, resource } = activity;
    const waiting: WaitingActivity = {
      executionId,
      activity: id,
      attempt,
      state,
      sinceMs: startedAtMs,
    };
    const key = keyOf(waiting);
    const index = indexOf(activityNameOf(resource) ?? "", startedAtMs);
    const value = waiting as unknown as Json;
    await documents.put({ collection, key, index, value }, { expected: 0 });
  },

  /** Takes an attempt back; one that is gone stays gone. */
  remove: async (attempt: Attempt): Promise<void> => {
    await documents.remove(collection, keyOf(attempt));
  },

  /** Those of one name. */
  list: async (name: string, page: { readonly limit: number; readonly after?: string }) => {
    const found = await documents.list(collection, { ...page, by: "index", prefix: `${name}#` });
    const activities = found.documents.map(({ value }) => value as unknown as WaitingActivity);
    return { activities, next: found.next };
  },
});
