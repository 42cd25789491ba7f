/** The turn function in a process of its own: it is sent events, and may be killed. */
import type { SQSEvent } from "aws-lambda";
import { contextOf, type QueueFunction } from "./functions.ts";

const { handler } = await import("#lambdas/turn.ts");

process.on("message", (event) => {
  const answer = (handler as unknown as QueueFunction)(
    event as SQSEvent,
    contextOf("turn", 900_000),
  );
  answer.then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
