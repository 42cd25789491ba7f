import type { Question } from "#engine/questions.ts";
import { z } from "../z.ts";
import { instant, instantIfAny, instantOf, json } from "./shared.ts";

const activity = z
  .string()
  .max(64)
  .openapi({ description: "Of the execution, as its questions name it.", example: "0.3" });

const attempt = z.int().min(1);

/** What an operator is asked. */
export const question = z
  .strictObject({
    activity,
    attempt: attempt.openapi({ description: "Give it with the answer." }),
    state: z.string().openapi({ example: "Pay" }),
    resource: z.string().openapi({ example: "holdfast:http:request" }),
    parameters: json,
    why: z.string().openapi({ description: "Why it is asked, and what a probe has said." }),
    since: instant,
    until: instant
      .optional()
      .openapi({ description: "It fails then with Holdfast.Interrupted, unless it is answered." }),
    server: z.string().openapi({ description: "The server that was lost." }),
    startedAt: instant.openapi({ description: "When the attempt began that the server ran." }),
  })
  .openapi("Question", {
    description: "What became of an activity whose server was lost while it ran?",
  });

/** Path of an activity of an execution. */
export const executionActivityPath = z.strictObject({
  executionId: z
    .string()
    .max(256)
    .openapi({ description: "`<process>:<name>`.", example: "nightly-backup:2026-11-23" }),
  activity,
});

/** Body of an answer. */
export const resolveBody = z
  .strictObject({
    resolution: z.enum(["succeeded", "retry", "failed"]).openapi({
      description:
        "`succeeded`: it took effect, go on with `output`. `retry`: run it again, with the same idempotency key. `failed`: go on with `error` and `cause`, which Retry and Catch of the state see.",
    }),
    attempt: attempt.optional().openapi({
      description: "That of the question. Whichever is asked about now where it is absent.",
    }),
    output: json.optional().openapi({ description: "{} where it is absent." }),
    error: z
      .string()
      .max(256)
      .optional()
      .openapi({ description: "Holdfast.Interrupted where it is absent." }),
    cause: z.string().max(32_768).optional(),
  })
  .openapi("ActivityResolve");

/** A question as the API shows it. */
export const questionView = (asked: Question): z.infer<typeof question> => ({
  activity: asked.activity,
  attempt: asked.attempt,
  state: asked.state,
  resource: asked.resource,
  parameters: asked.parameters,
  why: asked.why,
  since: instantOf(asked.sinceMs),
  until: instantIfAny(asked.untilMs),
  server: asked.server,
  startedAt: instantOf(asked.startedAtMs),
});
