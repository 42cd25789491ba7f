import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { InvariantViolation } from "#core/errors.ts";
import type { Entropy } from "#ports/clock.ts";
import { untilNoneIsLeft } from "./again.ts";
import { calling } from "./aws-error.ts";
import { gathering } from "./gathering.ts";

/** Entries of one call to SQS. */
export const batchMax = 10;
/** What a receiver waits for messages beyond its own time-out, ms. */
const receiveSpareMs = 5_000;

/** A message of the work queue: that part of what a Lambda's event source gives of it which counts. */
export interface WorkMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

/** What a message says. */
export interface WorkBody {
  readonly itemId: string;
  readonly executionId: string;
}

export interface Delayed {
  readonly body: WorkBody;
  readonly delaySeconds: number;
}

export interface Hidden {
  readonly receiptHandle: string;
  readonly visibilitySeconds: number;
}

/** The messages of the work queue. What many ask for at once goes out in common calls. */
export interface WorkMessages {
  readonly send: (message: Delayed) => Promise<void>;
  /** A message that is gone is passed over. */
  readonly hide: (message: Hidden) => Promise<void>;
  /** A message that is gone is passed over. */
  readonly remove: (receiptHandle: string) => Promise<void>;
  readonly receive: (options: {
    readonly max: number;
    readonly visibilitySeconds: number;
    readonly waitSeconds: number;
    readonly signal: AbortSignal;
  }) => Promise<readonly WorkMessage[]>;
}

/** Reads the body of a message; undefined if it is no work item. */
export const readBody = (body: string): WorkBody | undefined => {
  try {
    const { itemId, executionId } = JSON.parse(body);
    return typeof itemId === "string" && typeof executionId === "string"
      ? { itemId, executionId }
      : undefined;
  } catch {
    return undefined;
  }
};

const idsOf = <Entry, Shape>(entries: readonly Entry[], shape: (entry: Entry) => Shape) =>
  entries.map((entry, index) => ({ Id: String(index), ...shape(entry) }));

/** Entries that failed by no fault of theirs. */
const toBeSentAgain = <Entry>(
  entries: readonly Entry[],
  failed: readonly BatchResultErrorEntry[] | undefined,
): readonly Entry[] =>
  (failed ?? []).flatMap(({ Id, SenderFault }) => {
    const entry = entries[Number(Id)];
    return SenderFault === true || entry === undefined ? [] : [entry];
  });

/** A message that is not taken will never be: that is a bug, and no work is lost, for the head says when to look. */
const assertTaken = (failed: readonly BatchResultErrorEntry[] | undefined): void => {
  const refused = failed?.find(({ SenderFault }) => SenderFault === true);
  if (refused !== undefined)
    throw new InvariantViolation(`SQS refused a work item: ${refused.Code}: ${refused.Message}`);
};

const messageOf = (message: {
  MessageId?: string | undefined;
  ReceiptHandle?: string | undefined;
  Body?: string | undefined;
  Attributes?: Partial<Record<string, string>> | undefined;
}): WorkMessage => ({
  messageId: message.MessageId ?? "",
  receiptHandle: message.ReceiptHandle ?? "",
  body: message.Body ?? "",
  attributes: {
    ApproximateReceiveCount: message.Attributes?.["ApproximateReceiveCount"] ?? "1",
  },
});

/** The messages of the queue at `queueUrl`. */
export const workMessages = (options: {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly entropy: Entropy;
}): WorkMessages => {
  const { client, queueUrl: QueueUrl, entropy } = options;
  const again = (operation: string) => ({ entropy, place: `${operation} at queue ${QueueUrl}` });

  /** One operation on up to ten messages; `call` answers the entries that failed. */
  const batch = <Entry>(
    operation: string,
    call: (entries: readonly Entry[]) => Promise<readonly BatchResultErrorEntry[] | undefined>,
  ) =>
    gathering<Entry>(batchMax, (entries) =>
      untilNoneIsLeft(again(operation), entries, (some) =>
        calling(again(operation).place, async () => toBeSentAgain(some, await call(some))),
      ),
    );

  return {
    send: batch<Delayed>("SendMessageBatch", async (entries) => {
      const Entries = idsOf(entries, ({ body, delaySeconds }) => ({
        MessageBody: JSON.stringify(body),
        DelaySeconds: delaySeconds,
      }));
      const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      assertTaken(Failed);
      return Failed;
    }),
    hide: batch<Hidden>("ChangeMessageVisibilityBatch", async (entries) => {
      const Entries = idsOf(entries, ({ receiptHandle, visibilitySeconds }) => ({
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: visibilitySeconds,
      }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
      return (await client.send(command)).Failed;
    }),
    remove: batch<string>("DeleteMessageBatch", async (entries) => {
      const Entries = idsOf(entries, (ReceiptHandle) => ({ ReceiptHandle }));
      return (await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))).Failed;
    }),
    receive: ({ max, visibilitySeconds, waitSeconds, signal }) =>
      calling(again("ReceiveMessage").place, async () => {
        const command = new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: Math.min(max, batchMax),
          VisibilityTimeout: visibilitySeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        });
        const { Messages } = await client.send(command, {
          abortSignal: signal,
          requestTimeout: 1_000 * waitSeconds + receiveSpareMs,
        });
        return (Messages ?? []).map(messageOf);
      }),
  };
};
