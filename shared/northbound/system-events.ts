import type { SystemEvents } from "#monitoring/system-events.ts";
import { pageOf } from "./cursor.ts";
import { type Operation, operation } from "./operation.ts";
import { systemEventPage, systemEventQuery, systemEventView } from "./schemas/system-event.ts";

/** Operations on system events. */
export const systemEventOperations = (systemEvents: SystemEvents): readonly Operation[] => [
  operation({
    method: "get",
    path: "/v1/system-events",
    operationId: "listSystemEvents",
    tag: "operations",
    summary: "List system events, newest first",
    request: { query: systemEventQuery },
    answers: { 200: { description: "A page.", schema: systemEventPage } },
    problems: [],
    answer: async ({ query }) => {
      const found = await pageOf(
        "system-events",
        query,
        ({ execution: executionId, since, ...filter }) =>
          systemEvents.list({
            ...filter,
            executionId,
            sinceMs: since === undefined ? undefined : Date.parse(since),
          }),
      );
      return { status: 200, body: { events: found.events.map(systemEventView), next: found.next } };
    },
  }),
];
