import { type HeldMessage, heldOf, type OpenDelivery } from "./held-messages.ts";
import type { WorkMessage } from "./work-messages.ts";

/** The messages of one invocation. */
export interface WorkDelivery {
  /**
   * Says that the invocation is over. Answers the ids of the messages whose items were not removed: to be
   * reported as failed, so that SQS keeps them until their visibility has passed; the event source
   * deletes the others. A message that cannot be read is always among them: it ends in the DLQ.
   */
  readonly end: () => readonly string[];
}

/**
 * Where a function that an event source calls puts the messages that it was given: the work queue's
 * `receive` gives them out instead of asking SQS. The item of a message is removed by the end of its
 * delivery, which costs no call, and by a call of its own only where that takes long.
 */
export interface WorkInbox {
  readonly put: (messages: readonly WorkMessage[]) => WorkDelivery;
}

/** An inbox, as the queue reads it. */
export interface OpenInbox extends WorkInbox {
  /** At most `max` of the messages that were put in and not yet taken out. */
  readonly take: (max: number) => readonly HeldMessage[];
  /** What could not be given out after all. */
  readonly putBack: (messages: readonly HeldMessage[]) => void;
}

/** An inbox; `wake` is called when something was put in, `forget` when a message's receipt is of no use any more. */
export const openInbox = (options: {
  readonly wake: () => void;
  readonly forget: (message: HeldMessage) => void;
}): OpenInbox => {
  let waiting: readonly HeldMessage[] = [];

  return {
    put: (given) => {
      const delivery: OpenDelivery = { isOver: false, cancellations: [] };
      const put = given.map((message) => ({ message, held: heldOf(message, delivery) }));
      waiting = [...waiting, ...put.flatMap(({ held }) => held ?? [])];
      options.wake();
      return {
        end: () => {
          delivery.isOver = true;
          for (const cancel of delivery.cancellations) cancel();
          waiting = waiting.filter((message) => message.delivery !== delivery);
          for (const { held } of put) if (held !== undefined) options.forget(held);
          return put.flatMap(({ message, held }) =>
            held?.isRemoved === true ? [] : [message.messageId],
          );
        },
      };
    },
    take: (max) => {
      const taken = waiting.slice(0, max);
      waiting = waiting.slice(max);
      return taken;
    },
    putBack: (messages) => {
      waiting = [...messages.filter(({ delivery }) => delivery?.isOver !== true), ...waiting];
    },
  };
};
