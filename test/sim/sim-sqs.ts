/** A queue as SQS is one, over the items of a memory store: receipts, whole seconds, deliveries that overlap. */
import { OrchestratorError } from "#core/errors.ts";
import type { WorkMessage, WorkMessages } from "#platforms/aws/work-messages.ts";
import type { Clock } from "#ports/clock.ts";
import type { FaultRates } from "./faults.ts";
import type { Random } from "./random.ts";
import type { Storage } from "./storage.ts";

/** Messages of one delivery. */
const batchMax = 10;

interface Options {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly rates: () => FaultRates | undefined;
}

/** A message is an item of the store; its item id is what stands before the mark, so that others may double it. */
const itemIdOf = (messageId: string): string => messageId.split("~")[0] ?? "";

export class SimSqs {
  readonly #options: Options;
  /** The newest receipt of a message. */
  readonly #receipts = new Map<string, string>();
  #count = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** What the code of a function calls. */
  get messages(): WorkMessages {
    return {
      send: async ({ body, delaySeconds }) => {
        const { storage, clock } = this.#options;
        this.#count += 1;
        storage.store.items.set(`${body.itemId}~${this.#count}`, {
          executionId: body.executionId,
          visibleAtMs: clock.nowMs() + 1_000 * delaySeconds,
          receiveCount: 0,
        });
        storage.changed();
      },
      hide: async ({ receiptHandle, visibilitySeconds }) => {
        const { storage, clock } = this.#options;
        this.#mayFail();
        const messageId = this.#messageOf(receiptHandle);
        const message = messageId === undefined ? undefined : storage.store.items.get(messageId);
        // One that is visible is not in flight.
        if (message === undefined || message.visibleAtMs <= clock.nowMs()) return;
        message.visibleAtMs = clock.nowMs() + 1_000 * visibilitySeconds;
        storage.changed();
      },
      remove: async (receiptHandle) => {
        this.#mayFail();
        this.remove(receiptHandle);
      },
      receive: async () => [],
    };
  }

  remove(receiptHandle: string): void {
    const { storage } = this.#options;
    const messageId = this.#messageOf(receiptHandle);
    if (messageId === undefined) return;
    storage.store.items.delete(messageId);
    storage.changed();
  }

  /** What an event source gives a function: hidden for as long as the function may take, and now and then given out twice. */
  deliver(visibilityMs: number): readonly WorkMessage[] {
    const { storage, clock, random, rates } = this.#options;
    const nowMs = clock.nowMs();
    const visible = [...storage.store.items].filter(([, item]) => item.visibleAtMs <= nowMs);
    const batch = visible.slice(0, random.int(1, batchMax));
    const messages = batch.map(([messageId, item]): WorkMessage => {
      item.receiveCount += 1;
      this.#count += 1;
      const receiptHandle = `${messageId}!${this.#count}`;
      this.#receipts.set(messageId, receiptHandle);
      const isDoubled = random.chance((rates()?.doubleItem ?? 0) / 30);
      if (!isDoubled) item.visibleAtMs = nowMs + visibilityMs;
      const body = JSON.stringify({
        itemId: itemIdOf(messageId),
        executionId: item.executionId,
      });
      const ApproximateReceiveCount = String(item.receiveCount);
      return { messageId, receiptHandle, body, attributes: { ApproximateReceiveCount } };
    });
    if (messages.length > 0) storage.changed();
    return messages;
  }

  /** An old receipt is good, or not. */
  #messageOf(receiptHandle: string): string | undefined {
    const [messageId = ""] = receiptHandle.split("!");
    const isNewest = this.#receipts.get(messageId) === receiptHandle;
    return isNewest || this.#options.random.chance(0.5) ? messageId : undefined;
  }

  #mayFail(): void {
    const { random, rates } = this.#options;
    if (random.chance(rates()?.refusedRead ?? 0))
      throw new OrchestratorError("storage-unavailable", "simulated: SQS left entries undone");
  }
}
