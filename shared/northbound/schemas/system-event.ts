import type { KeptSystemEvent } from "#monitoring/system-events.ts";
import { z } from "../z.ts";
import { instant, instantOf, json, next, page } from "./shared.ts";

const severity = z.enum(["info", "warning", "error"]).openapi("SystemEventSeverity");

/** Kinds are only ever added, so callers take them as text. */
const kind = z.string().max(80).openapi({ example: "execution-taken-over" });

/** Something that operators should know of and that is no part of an execution's history. */
export const systemEvent = z
  .strictObject({
    eventId: z.string().openapi({ description: "Sorts by time." }),
    at: instant,
    severity,
    kind,
    message: z.string(),
    server: z.string().openapi({ description: "The server that says so." }),
    executionId: z.string().optional(),
    cause: z.string().optional().openapi({ description: "What the error behind it says." }),
    details: json.optional(),
  })
  .openapi("SystemEvent");

/** Query of the list. */
export const systemEventQuery = z.strictObject({
  kind: kind.optional(),
  severity: severity.optional(),
  execution: z.string().max(256).optional().openapi({ description: "Its id." }),
  since: z.iso.datetime({ offset: true }).optional().openapi({
    description: "Only those of this instant and later.",
    example: "2026-11-23T08:00:00Z",
  }),
  ...page,
});

/** A page of system events. */
export const systemEventPage = z
  .strictObject({ events: z.array(systemEvent), next })
  .openapi("SystemEventPage");

/** A system event as the API shows it. */
export const systemEventView = ({
  atMs,
  ...event
}: KeptSystemEvent): z.infer<typeof systemEvent> => ({ ...event, at: instantOf(atMs) });
