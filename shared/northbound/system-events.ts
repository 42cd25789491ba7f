import type { ObjectRef } from "#access/call-access.ts";
import type { KeptSystemEvent, SystemEvents } from "#monitoring/system-events.ts";
import { pageOf } from "./cursor.ts";
import { onEach } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { mayRead, readablePage } from "./readable-page.ts";
import { systemEventPage, systemEventQuery, systemEventView } from "./schemas/system-event.ts";

/** An event is about what its execution belongs to; without one, about the environment. */
const refOf = ({ executionId }: KeptSystemEvent): ObjectRef =>
  executionId === undefined ? { kind: "environment" } : { kind: "execution", executionId };

/** Operations on system events. */
export const systemEventOperations = (systemEvents: SystemEvents): readonly Operation[] => [
  operation({
    method: "get",
    path: "/v1/system-events",
    operationId: "listSystemEvents",
    tag: "operations",
    needs: onEach("systemEvent:read"),
    summary: "List system events, newest first",
    request: { query: systemEventQuery },
    answers: { 200: { description: "A page.", schema: systemEventPage } },
    problems: [],
    answer: async ({ query, access, cursors }) => {
      const found = await pageOf(
        { query, cursors },
        "system-events",
        ({ execution: executionId, since, ...filter }) =>
          readablePage(filter, {
            read: (place) =>
              systemEvents.list({
                ...place,
                executionId,
                sinceMs: since === undefined ? undefined : Date.parse(since),
              }),
            itemsOf: (page) => page.events,
            keep: mayRead(access, "systemEvent:read", refOf),
          }),
      );
      return { status: 200, body: { events: found.items.map(systemEventView), next: found.next } };
    },
  }),
];
