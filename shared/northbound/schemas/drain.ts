import { type Drain, drainScopes } from "#engine/drain.ts";
import type { DrainReport } from "#engine/drain-operations.ts";
import { z } from "../z.ts";
import { instant, instantIfAny, instantOf } from "./shared.ts";

/** Longest deadline, in seconds: a year. */
const deadlineSecondsMax = 31_536_000;

const scope = z.enum(drainScopes).openapi("DrainScope", {
  description:
    "`environment`: every activity. `process`, `adapter`: its activities. `target`: activities that act on it, such as the host of an HTTP request. `pool`: activities of its servers; there is one, `default`. `server`: it takes no turns, others go on with its work.",
});

const onDeadline = z.enum(["wait", "interrupt"]).openapi({
  description:
    "What happens at the deadline with activities that are still in flight: they are waited for, or interrupted and resolved by their own rules.",
});

const base = {
  drainId: z.string().openapi({ example: "target:orders.example.net" }),
  scope,
  name: z.string().optional().openapi({ description: "Which one." }),
  by: z.string().openapi({ example: "key:admin" }),
  reason: z.string().optional(),
  beganAt: instant,
  deadlineAt: instant.optional(),
  onDeadline,
};

/** A drain that has ended. */
export const endedDrain = z.strictObject(base).openapi("EndedDrain");

/** A drain, and what it still waits for. */
export const drain = z
  .strictObject({
    ...base,
    isDone: z.boolean().openapi({
      description: "Whether every server knows of it and nothing in its scope is in flight.",
    }),
    inFlightCount: z.int().min(0),
    inFlight: z.array(
      z.strictObject({
        server: z.string().optional().openapi({
          description: "Which runs it; absent where a worker has claimed it.",
        }),
        executionId: z.string(),
        state: z.string(),
        resource: z.string(),
        since: instant,
        until: instant.optional().openapi({ description: "Its time-out." }),
      }),
    ),
    until: instant.optional().openapi({
      description:
        "When time-outs end the last activity in flight; absent where none is, or one has no time-out.",
    }),
  })
  .openapi("Drain");

/** All drains: they are few. */
export const drainList = z.strictObject({ drains: z.array(drain) }).openapi("DrainList");

/** Path of one drain. */
export const drainPath = z.strictObject({ drainId: z.string().max(300) });

/** Body of a drain. */
export const drainBody = z
  .strictObject({
    scope,
    name: z.string().min(1).max(256).optional().openapi({
      description: "Which one; not with the scope `environment`.",
    }),
    reason: z.string().max(1024).optional(),
    deadlineSeconds: z.number().min(0).max(deadlineSecondsMax).optional(),
    onDeadline: onDeadline.optional(),
  })
  .openapi("DrainStart");

const baseView = (shown: Drain) => ({
  drainId: shown.drainId,
  scope: shown.scope,
  name: shown.name,
  by: shown.by,
  reason: shown.reason,
  beganAt: instantOf(shown.beganAtMs),
  deadlineAt: instantIfAny(shown.deadlineAtMs),
  onDeadline: shown.onDeadline,
});

/** A drain that has ended, as the API shows it. */
export const endedDrainView = (shown: Drain): z.infer<typeof endedDrain> => baseView(shown);

/** A drain as the API shows it. */
export const drainView = (shown: DrainReport): z.infer<typeof drain> => ({
  ...baseView(shown),
  isDone: shown.isDone,
  inFlightCount: shown.inFlightCount,
  inFlight: shown.inFlight.map(({ sinceMs, untilMs, ...activity }) => ({
    ...activity,
    since: instantOf(sinceMs),
    until: instantIfAny(untilMs),
  })),
  until: instantIfAny(shown.untilMs),
});
