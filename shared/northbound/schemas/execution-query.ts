import { z } from "../z.ts";
import { status, waitingKind } from "./execution.ts";
import { page } from "./shared.ts";

const nameAndValue = z
  .string()
  .max(1024)
  .regex(/^[^=]+=/, "Write NAME=VALUE.");

/** Query of the list. */
export const executionQuery = z.strictObject({
  process: z.string().max(256).optional(),
  status: status.optional(),
  waitingFor: waitingKind.optional().openapi({
    description:
      "Those whose wait that is shown is of this kind; `operator`: all that ask and are not drained.",
  }),
  waitingLongerThan: z.coerce.number().min(0).max(Number.MAX_SAFE_INTEGER).optional().openapi({
    description: "Those whose wait that is shown lasts longer, in seconds.",
    example: 3600,
  }),
  startedSince: z.iso.datetime({ offset: true }).optional(),
  startedUntil: z.iso.datetime({ offset: true }).optional().openapi({
    description: "Those that were started before this instant.",
  }),
  startedBy: z.string().max(600).optional().openapi({ example: "key:admin" }),
  error: z
    .string()
    .max(256)
    .optional()
    .openapi({ description: "Those that ended with the error of exactly this name." }),
  tag: nameAndValue.optional().openapi({
    description: "`NAME=VALUE`: those that carry the tag.",
    example: "team=storage",
  }),
  input: nameAndValue.optional().openapi({
    description:
      "`NAME=VALUE`: those whose input has a field NAME at its top that is the text VALUE, or the JSON value VALUE.",
    example: "customer=4711",
  }),
  ...page,
});
