import { z } from "../z.ts";
import { executionId } from "./execution.ts";
import { json } from "./shared.ts";

const name = z.string().min(1).max(80).openapi({
  description: "1 to 80 of A-Z a-z 0-9 . _ -, as a state of the process waits for it.",
  example: "approved",
});

/** Body of a signal. */
export const signalBody = z
  .strictObject({
    name,
    id: z.string().min(1).max(128).optional().openapi({
      description: "The same id again is the same signal. One is made up where it is absent.",
    }),
    payload: json.optional().openapi({ description: "null where it is absent." }),
  })
  .openapi("SignalRequest");

/** A signal that is recorded. */
export const signal = z.strictObject({ executionId, name, id: z.string() }).openapi("Signal");
