import { checkpointSizeMax } from "#core/limits.ts";
import type { Answered, ClaimedActivity } from "#engine/engine.ts";
import type { WaitingActivity } from "#engine/waiting-activities.ts";
import { pollSecondsMax } from "../limits.ts";
import { z } from "../z.ts";
import { executionId } from "./execution.ts";
import { instant, instantIfAny, instantOf, json, next, page } from "./shared.ts";

const token = z.string().min(1).max(2048).openapi({
  description: "The task token, complete and unchanged. Whoever has it may answer: keep it secret.",
});

const state = z.string().openapi({ description: "The Task state.", example: "Ask" });

const attempt = z.int().min(1).openapi({ description: "Retries count." });

/** Body of a success. */
export const successBody = z
  .strictObject({
    token,
    output: json.optional().openapi({ description: "{} where it is absent." }),
  })
  .openapi("TaskSuccess");

/** Body of a failure. */
export const failureBody = z
  .strictObject({
    token,
    error: z.string().max(256).optional().openapi({ example: "Declined" }),
    cause: z.string().max(32_768).optional(),
  })
  .openapi("TaskFailure");

/** Body of a heartbeat. */
export const heartbeatBody = z
  .strictObject({
    token,
    checkpoint: json.optional().openapi({
      description: `How far the work has come, for the next attempt if this one fails or is lost: at most ${checkpointSizeMax} characters of JSON.`,
    }),
  })
  .openapi("TaskHeartbeat");

/** Whose token was answered. */
export const answered = z.strictObject({ executionId, state }).openapi("TaskAnswered");

const activityNameRule =
  '1 to 80 characters without blanks and < > { } [ ] ? * " # % \\ ^ | ~ ` $ & , ; : /';

const activityName = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/** Path of an activity. */
export const activityPath = z.strictObject({
  activity: z
    .string()
    .regex(activityName, `Use ${activityNameRule}`)
    .openapi({
      description: `Its name: NAME of \`holdfast:activity:NAME\`, or the end of an activity ARN. ${activityNameRule}`,
      example: "print-label",
      // Without the flags that the document's maker would write behind it: JSON Schema implies them.
      pattern: activityName.source,
    }),
});

/** Body of a claim. */
export const claimBody = z
  .strictObject({
    worker: z
      .string()
      .min(1)
      .max(80)
      .optional()
      .openapi({ description: "Name of the worker, for the history.", example: "printer-3" }),
    waitSeconds: z
      .number()
      .min(0)
      .max(pollSecondsMax)
      .optional()
      .openapi({ description: `How long to wait for one; ${pollSecondsMax} where it is absent.` }),
  })
  .openapi("ActivityClaim");

/** What a worker is given. */
export const claim = z
  .strictObject({
    task: z
      .strictObject({
        token,
        input: json,
        executionId,
        state,
        attempt,
        timeoutAt: instant
          .optional()
          .openapi({ description: "The attempt fails then, unless it is answered." }),
        heartbeatSeconds: z
          .number()
          .optional()
          .openapi({ description: "The attempt fails if so long nothing is heard of it." }),
        checkpoint: json
          .optional()
          .openapi({ description: "What the attempt before has saved with its heartbeat." }),
      })
      .optional()
      .openapi({ description: "Absent: there was none in time. Ask again." }),
  })
  .openapi("ActivityClaimed");

/** Query of the list. */
export const waitingQuery = z.strictObject(page);

/** A page of what waits for a worker. */
export const waitingPage = z
  .strictObject({
    tasks: z.array(z.strictObject({ executionId, state, attempt, since: instant })),
    next,
  })
  .openapi("WaitingActivityPage");

/** Whose token was answered, as the API shows it. */
export const answeredView = ({ executionId, state }: Answered): z.infer<typeof answered> => ({
  executionId,
  state,
});

/** What a worker is given, as the API shows it. */
export const claimView = (claimed: ClaimedActivity | undefined): z.infer<typeof claim> =>
  claimed === undefined
    ? {}
    : {
        task: {
          token: claimed.token,
          input: claimed.input,
          executionId: claimed.executionId,
          state: claimed.state,
          attempt: claimed.attempt,
          timeoutAt: instantIfAny(claimed.timeoutAtMs),
          checkpoint: claimed.checkpoint,
          heartbeatSeconds:
            claimed.heartbeatMs === undefined ? undefined : claimed.heartbeatMs / 1000,
        },
      };

/** What waits for a worker, as the API shows it. */
export const waitingView = ({ executionId, state, attempt, sinceMs }: WaitingActivity) => ({
  executionId,
  state,
  attempt,
  since: instantOf(sinceMs),
});
