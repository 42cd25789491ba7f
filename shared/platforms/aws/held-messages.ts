import type { WorkItem } from "#ports/work-queue.ts";
import { readBody, type WorkMessage } from "./work-messages.ts";

/** A message that this process has received. */
export interface HeldMessage extends WorkItem {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** When others see it again, as far as is known, ms. */
  visibleAtMs: number;
  /** The delivery that it came with, if an event source brought it. */
  readonly delivery: OpenDelivery | undefined;
  isRemoved: boolean;
}

/** A delivery, as its messages know it. */
export interface OpenDelivery {
  isOver: boolean;
  /** To be called when it is over. */
  readonly cancellations: (() => void)[];
}

/** What a server may have received and never settled, such as items of turns that failed; the oldest are forgotten. */
const heldMax = 10_000;

/** A message as it is held; undefined if it cannot be read. */
export const heldOf = (
  { messageId, receiptHandle, body, attributes }: WorkMessage,
  delivery?: OpenDelivery,
): HeldMessage | undefined => {
  const work = readBody(body);
  return (
    work && {
      ...work,
      messageId,
      receiptHandle,
      receiveCount: Number(attributes.ApproximateReceiveCount),
      visibleAtMs: Number.POSITIVE_INFINITY,
      delivery,
      isRemoved: false,
    }
  );
};

/**
 * The messages that this process has received, by their item: SQS takes changes by the receipt only. An
 * item may have several messages, for delivery is at least once and an item may be enqueued twice.
 */
export class HeldMessages {
  readonly #byItem = new Map<string, readonly HeldMessage[]>();

  add(message: HeldMessage): void {
    const { itemId, messageId } = message;
    const others = this.of(itemId).filter((other) => other.messageId !== messageId);
    this.#byItem.delete(itemId);
    this.#byItem.set(itemId, [...others, message]);
    const [oldest] = this.#byItem.keys();
    if (this.#byItem.size > heldMax && oldest !== undefined) this.#byItem.delete(oldest);
  }

  of(itemId: string): readonly HeldMessage[] {
    return this.#byItem.get(itemId) ?? [];
  }

  forget(message: HeldMessage): void {
    const others = this.of(message.itemId).filter((other) => other !== message);
    if (others.length === 0) this.#byItem.delete(message.itemId);
    else this.#byItem.set(message.itemId, others);
  }
}
