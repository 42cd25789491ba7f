import type { Clock } from "#ports/clock.ts";
import type { Enqueue, ExtendItems, RemoveItem } from "#ports/journal.ts";
import type { WorkItem, WorkQueue } from "#ports/work-queue.ts";
import { type HeldMessage, HeldMessages, heldOf, type OpenDelivery } from "./held-messages.ts";
import { VisibilityAlarm } from "./visibility-alarm.ts";
import { type OpenInbox, openInbox, type WorkInbox } from "./work-inbox.ts";
import type { WorkMessages } from "./work-messages.ts";

/** SQS delays a message by 15 minutes at most, s (Developer Guide, Amazon SQS message quotas). */
const delaySecondsMax = 900;
/** And hides one for 12 hours at most, s (the same page). */
const visibilitySecondsMax = 43_200;
/** So long before others see it again, a message is removed whose delivery still goes on, ms. */
const removalLeadMs = 3_000;

/** What is hidden for less than this may be seen by others before a call is over, ms. */
const heldMarginMs = 1_000;

/** SQS knows whole seconds only: nothing is visible before its time. */
const secondsUntil = (ms: number): number => Math.ceil(Math.max(0, ms) / 1_000);

const itemOf = ({ itemId, executionId, receiveCount }: HeldMessage): WorkItem => ({
  itemId,
  executionId,
  receiveCount,
});

/** The work queue on SQS: its port, its inbox, and the writes of the journal that concern it. */
export class AwsQueue implements WorkQueue {
  readonly #messages: WorkMessages;
  readonly #clock: Clock;
  readonly #source: "inbox" | { readonly pollSeconds: number };
  readonly #held = new HeldMessages();
  readonly #alarm: VisibilityAlarm;
  readonly #stopping = new AbortController();
  readonly #inbox: OpenInbox;

  constructor(options: {
    readonly messages: WorkMessages;
    readonly clock: Clock;
    /** `inbox`: what an event source gives is received, and SQS is never asked; else how long it is asked, s. */
    readonly source: "inbox" | { readonly pollSeconds: number };
  }) {
    this.#messages = options.messages;
    this.#clock = options.clock;
    this.#source = options.source;
    this.#alarm = new VisibilityAlarm(options.clock);
    this.#inbox = openInbox({
      wake: () => this.#alarm.becomesVisible(this.#clock.nowMs()),
      forget: (message) => this.#held.forget(message),
    });
  }

  get inbox(): WorkInbox {
    return this.#inbox;
  }

  async receive({ max, visibilityMs }: Parameters<WorkQueue["receive"]>[0]) {
    const seconds = secondsUntil(visibilityMs);
    const source = this.#source;
    const received =
      source === "inbox"
        ? await this.#takeFromInbox(max, seconds)
        : await this.#poll(source.pollSeconds, max, seconds);
    for (const message of received) {
      this.#isHidden(message, seconds);
      this.#held.add(message);
    }
    return received.map(itemOf);
  }

  onVisible(wake: () => void): () => void {
    return this.#alarm.listen(wake);
  }

  /**
   * What is to be visible later than SQS can delay is not sent: the head has its time, and the sweep finds it.
   * Nor is an item that this process holds while others cannot see it: nobody else can have let it go.
   */
  async enqueue({ itemId, executionId, visibleAtMs }: Enqueue): Promise<void> {
    const delaySeconds = secondsUntil(visibleAtMs - this.#clock.nowMs());
    if (delaySeconds > delaySecondsMax || this.#isSafelyHeld(itemId)) return;
    await this.#messages.send({ body: { itemId, executionId }, delaySeconds });
    this.#alarm.becomesVisible(this.#clock.nowMs() + 1_000 * delaySeconds);
  }

  async extend({ itemIds, visibleAtMs }: ExtendItems): Promise<void> {
    const seconds = Math.min(secondsUntil(visibleAtMs - this.#clock.nowMs()), visibilitySecondsMax);
    const known = itemIds.flatMap((itemId) => this.#held.of(itemId));
    await Promise.all(
      known.map(async (message) => {
        await this.#hide(message, seconds);
        this.#isHidden(message, seconds);
        // Whoever receives it next has another receipt.
        if (seconds === 0) this.#held.forget(message);
      }),
    );
  }

  async remove({ itemId }: RemoveItem): Promise<void> {
    await Promise.all(
      this.#held.of(itemId).map(async (message) => {
        const { delivery, receiptHandle } = message;
        if (delivery !== undefined) this.#removeAtEnd(message, delivery);
        else await this.#messages.remove(receiptHandle);
        this.#held.forget(message);
      }),
    );
  }

  stop(): void {
    this.#stopping.abort();
    this.#alarm.stop();
  }

  async #poll(waitSeconds: number, max: number, visibilitySeconds: number) {
    const { signal } = this.#stopping;
    try {
      const found = await this.#messages.receive({ max, visibilitySeconds, waitSeconds, signal });
      return found.flatMap((message) => heldOf(message) ?? []);
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  }

  async #takeFromInbox(max: number, seconds: number): Promise<readonly HeldMessage[]> {
    const taken = this.#inbox.take(max);
    try {
      // The queue's own visibility is that of a function which may take minutes.
      await Promise.all(taken.map((message) => this.#hide(message, seconds)));
      return taken;
    } catch (error) {
      this.#inbox.putBack(taken);
      throw error;
    }
  }

  #isSafelyHeld(itemId: string): boolean {
    const sinceMs = this.#clock.nowMs() + heldMarginMs;
    return this.#held.of(itemId).some((message) => message.visibleAtMs > sinceMs);
  }

  #hide({ receiptHandle }: HeldMessage, visibilitySeconds: number): Promise<void> {
    return this.#messages.hide({ receiptHandle, visibilitySeconds });
  }

  #isHidden(message: HeldMessage, seconds: number): void {
    message.visibleAtMs = this.#clock.nowMs() + 1_000 * seconds;
    if (this.#source !== "inbox") this.#alarm.becomesVisible(message.visibleAtMs);
  }

  /** The event source deletes it when the delivery is over; before that it must not be seen again. */
  #removeAtEnd(message: HeldMessage, { cancellations, isOver }: OpenDelivery): void {
    message.isRemoved = true;
    if (isOver) return;
    const lateMs = Math.max(0, message.visibleAtMs - removalLeadMs - this.#clock.nowMs());
    const cancel = this.#clock.after(lateMs, () => {
      // If it fails, the message is delivered once more, which is allowed.
      this.#messages.remove(message.receiptHandle).catch(() => undefined);
    });
    cancellations.push(cancel);
  }
}
