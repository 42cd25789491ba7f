import type { Clock } from "#ports/clock.ts";
import type { Enqueue, ExtendItems, RemoveItem } from "#ports/journal.ts";
import type { WorkItem, WorkQueue } from "#ports/work-queue.ts";
import { type HeldMessage, HeldMessages, heldOf, type OpenDelivery } from "./held-messages.ts";
import { VisibilityAlarm } from "./visibility-alarm.ts";
import type { WorkInbox } from "./work-inbox.ts";
import type { WorkMessages } from "./work-messages.ts";

/** SQS delays a message by 15 minutes at most, s (Developer Guide, Amazon SQS message quotas). */
export const delaySecondsMax = 900;
/** And hides one for 12 hours at most, s (the same page). */
const visibilitySecondsMax = 43_200;
/** So long before others see it again, a message is removed whose delivery still goes on, ms. */
const removalLeadMs = 3_000;

/** The work queue on SQS: its port, its inbox, and the writes of the journal that concern it. */
export interface AwsQueue {
  readonly queue: WorkQueue;
  readonly inbox: WorkInbox;
  /** What is to be visible later than SQS can delay is not sent: the head has its time, and the sweep finds it. */
  readonly enqueue: (write: Enqueue) => Promise<void>;
  readonly extend: (write: ExtendItems) => Promise<void>;
  readonly remove: (write: RemoveItem) => Promise<void>;
  readonly stop: () => void;
}

/** SQS knows whole seconds only: nothing is visible before its time. */
const secondsUntil = (ms: number): number => Math.ceil(Math.max(0, ms) / 1_000);

const itemOf = ({ itemId, executionId, receiveCount }: HeldMessage): WorkItem => ({
  itemId,
  executionId,
  receiveCount,
});

export const awsQueue = (options: {
  readonly messages: WorkMessages;
  readonly clock: Clock;
  /** `inbox`: what an event source gives is received, and SQS is never asked; else how long it is asked, s. */
  readonly source: "inbox" | { readonly pollSeconds: number };
}): AwsQueue => {
  const { messages, clock, source } = options;
  const held = new HeldMessages();
  const alarm = new VisibilityAlarm(clock);
  const stopping = new AbortController();
  /** Put into the inbox and not yet received. */
  const waiting: HeldMessage[] = [];

  const hide = async (message: HeldMessage, visibilitySeconds: number): Promise<void> => {
    await messages.hide({ receiptHandle: message.receiptHandle, visibilitySeconds });
    message.visibleAtMs = clock.nowMs() + 1_000 * visibilitySeconds;
    alarm.becomesVisible(message.visibleAtMs);
  };

  const poll = async (pollSeconds: number, max: number, visibilitySeconds: number) => {
    try {
      const { signal } = stopping;
      const found = await messages.receive({
        max,
        visibilitySeconds,
        waitSeconds: pollSeconds,
        signal,
      });
      return found.flatMap((message) => heldOf(message) ?? []);
    } catch (error) {
      if (stopping.signal.aborted) return [];
      throw error;
    }
  };

  const takeFromInbox = async (max: number, visibilitySeconds: number) => {
    const taken = waiting.splice(0, max);
    try {
      // The queue's own visibility is that of a function which may take minutes.
      await Promise.all(taken.map((message) => hide(message, visibilitySeconds)));
      return taken;
    } catch (error) {
      waiting.unshift(...taken);
      throw error;
    }
  };

  /** The event source deletes it when the delivery is over; before that it must not be seen again. */
  const removeAtEnd = (message: HeldMessage, { cancellations, isOver }: OpenDelivery): void => {
    message.isRemoved = true;
    const lateMs = message.visibleAtMs - removalLeadMs - clock.nowMs();
    if (isOver || lateMs === Number.POSITIVE_INFINITY) return;
    const cancel = clock.after(Math.max(0, lateMs), () => {
      // If it fails, the message is delivered once more, which is allowed.
      messages.remove(message.receiptHandle).catch(() => undefined);
    });
    cancellations.push(cancel);
  };

  return {
    queue: {
      receive: async ({ max, visibilityMs }) => {
        const visibilitySeconds = secondsUntil(visibilityMs);
        const received =
          source === "inbox"
            ? await takeFromInbox(max, visibilitySeconds)
            : await poll(source.pollSeconds, max, visibilitySeconds);
        for (const message of received) {
          message.visibleAtMs = clock.nowMs() + 1_000 * visibilitySeconds;
          held.add(message);
          alarm.becomesVisible(message.visibleAtMs);
        }
        return received.map(itemOf);
      },
      onVisible: (listener) => alarm.listen(listener),
    },
    inbox: {
      put: (given) => {
        const delivery: OpenDelivery = { isOver: false, cancellations: [] };
        const put = given.map((message) => ({
          messageId: message.messageId,
          message: heldOf(message, delivery),
        }));
        waiting.push(...put.flatMap(({ message }) => message ?? []));
        alarm.becomesVisible(clock.nowMs());
        return {
          end: () => {
            delivery.isOver = true;
            for (const cancel of delivery.cancellations) cancel();
            const left = waiting.filter((message) => message.delivery !== delivery);
            waiting.splice(0, waiting.length, ...left);
            for (const { message } of put) if (message !== undefined) held.forget(message);
            return put
              .filter(({ message }) => message?.isRemoved !== true)
              .map(({ messageId }) => messageId);
          },
        };
      },
    },
    enqueue: async ({ itemId, executionId, visibleAtMs }) => {
      const delaySeconds = secondsUntil(visibleAtMs - clock.nowMs());
      if (delaySeconds > delaySecondsMax) return;
      await messages.send({ body: { itemId, executionId }, delaySeconds });
      alarm.becomesVisible(clock.nowMs() + 1_000 * delaySeconds);
    },
    extend: async ({ itemIds, visibleAtMs }) => {
      const seconds = secondsUntil(visibleAtMs - clock.nowMs());
      const known = itemIds.flatMap((itemId) => held.of(itemId));
      await Promise.all(
        known.map(async (message) => {
          await hide(message, Math.min(seconds, visibilitySecondsMax));
          // Whoever receives it next has another receipt.
          if (seconds === 0) held.forget(message);
        }),
      );
    },
    remove: async ({ itemId }) => {
      const known = held.of(itemId);
      for (const message of known) held.forget(message);
      await Promise.all(
        known.map(async (message) => {
          const { delivery, receiptHandle } = message;
          if (delivery !== undefined) removeAtEnd(message, delivery);
          else await messages.remove(receiptHandle);
        }),
      );
    },
    stop: () => {
      stopping.abort();
      alarm.stop();
    },
  };
};
