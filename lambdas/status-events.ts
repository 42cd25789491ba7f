import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { StatusChange } from "#monitoring/status-changes.ts";

/** How long EventBridge is given to take an event, ms: an execution does not wait for it. */
const patienceMs = 2_000;

/** Tells a change of status as an event on the environment's bus, in the shape that Step Functions has for it. */
export const statusEvents =
  (
    client: EventBridgeClient,
    { eventBus, name }: { readonly eventBus: string; readonly name: string },
  ) =>
  async (change: StatusChange): Promise<void> => {
    const { startedAtMs, stoppedAtMs, ...named } = change;
    const entry = {
      EventBusName: eventBus,
      Source: "holdfast",
      DetailType: "Execution Status Change",
      Time: new Date(stoppedAtMs ?? startedAtMs),
      Detail: JSON.stringify({
        environment: name,
        ...named,
        startDate: startedAtMs,
        stopDate: stoppedAtMs ?? null,
      }),
    };
    const abortSignal = AbortSignal.timeout(patienceMs);
    const { Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }), {
      abortSignal,
    });
    const refused = Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused !== undefined)
      throw new Error(
        `EventBridge refused an event: ${refused.ErrorCode}: ${refused.ErrorMessage}`,
      );
  };
