import type { RestartPreview } from "#engine/restart/restarts.ts";
import { z } from "../z.ts";
import { execution, restartOf } from "./execution.ts";
import { json } from "./shared.ts";

/** Body of a restart. */
export const restartBody = z
  .strictObject({
    from: z
      .strictObject({
        state: z.string().min(1).max(80).optional().openapi({ example: "Copy" }),
        startPoint: z.string().min(1).max(80).optional(),
        eventId: z.int().min(1).optional().openapi({
          description: "The event by which a state was entered; the last entry where it is absent.",
        }),
      })
      .refine(({ state, startPoint, eventId }) => state ?? startPoint ?? eventId, {
        message: "name a state, a startPoint or an eventId",
      })
      .refine(({ state, startPoint }) => state === undefined || startPoint === undefined, {
        message: "state and startPoint exclude each other",
      })
      .openapi({
        description:
          "A state of the process's own machine, in no Parallel or Map state. A state or start point beside an event begins with what the state of the event was given.",
      }),
    input: json
      .optional()
      .openapi({ description: "In place of what the state was given in the old execution." }),
    version: z
      .union([z.int().min(1), z.literal("newest")])
      .optional()
      .openapi({ description: "The version of the old execution where it is absent." }),
    name: z.string().max(256).optional().openapi({
      description: "As of a start: the same name and restart again is the same execution.",
    }),
    preview: z.boolean().optional().openapi({
      description: "Start nothing: say what would run, and what of it had run before.",
    }),
  })
  .openapi("ExecutionRestart");

const previewedState = z
  .strictObject({
    name: z.string(),
    within: z
      .array(z.union([z.string(), z.int()]))
      .openapi({ description: "The states around it, and indexes of branches." }),
    type: z.string().openapi({ example: "Task" }),
    resource: z.string().optional(),
    attemptCount: z.int().min(0).optional().openapi({
      description:
        "Of Task states: attempts that had begun there after the point; absent where the details of the old execution are not kept.",
    }),
    effect: z.enum(["readOnly", "restartable", "sideEffects"]).optional().openapi({
      description:
        "What the adapter declares of the attempts there were, the worst; of the activity where there were none and it does not depend on parameters.",
    }),
  })
  .openapi("RestartedState");

/** What a restart would do. */
export const restartPreview = z
  .strictObject({
    restartOf,
    process: z.string(),
    version: z.int().min(1),
    state: z.string(),
    startPoint: z.string().optional(),
    input: json,
    states: z
      .array(previewedState)
      .openapi({ description: "States that can come, the one it begins in first." }),
  })
  .openapi("RestartPreview");

/** What a restart answers. */
export const restarted = z.union([execution, restartPreview]);

/** A preview as the API shows it. */
export const previewView = (preview: RestartPreview): z.infer<typeof restartPreview> => {
  const { state, startPoint, input } = preview.beginsAt;
  return {
    restartOf: preview.restartOf,
    process: preview.process,
    version: preview.version,
    state,
    startPoint,
    input,
    states: preview.states.map(({ machine, ...shown }) => ({ ...shown, within: [...machine] })),
  };
};
