import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Clock, Entropy } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";
import { awsDocuments } from "./aws-documents.ts";
import { awsHeads } from "./aws-heads.ts";
import { awsJournal } from "./aws-journal.ts";
import { awsLog } from "./aws-log.ts";
import { AwsQueue } from "./aws-queue.ts";
import { s3Bodies } from "./bodies.ts";
import { DynamoTable } from "./dynamo-table.ts";
import { catalogTable, executionsTable } from "./tables.ts";
import type { WorkInbox } from "./work-inbox.ts";
import { workMessages } from "./work-messages.ts";

/** What an environment consists of, and how it is reached. */
export interface AwsPlatformOptions {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  /** Called when the first value comes that is too large for an item. */
  readonly s3: () => Promise<S3Client>;
  readonly executionsTable: string;
  readonly catalogTable: string;
  readonly workQueueUrl: string;
  readonly bucket: string;
  /** Partitions of each index: what the environment was first deployed with. */
  readonly shards: number;
  /**
   * Where work comes from. `inbox`: from the event source of a function, which puts it into the inbox. Else
   * the queue is asked, and each call waits so long for work, s (0 to 20).
   */
  readonly work: "inbox" | { readonly pollSeconds: number };
  readonly clock: Clock;
  readonly entropy: Entropy;
}

export interface AwsPlatform {
  readonly platform: Platform;
  readonly inbox: WorkInbox;
  /** Ends what waits for work. The clients are the caller's. */
  readonly close: () => void;
}

/**
 * The platform on DynamoDB, SQS and S3. Its calls reject with `storage-unavailable` when AWS cannot be
 * reached, throttles for longer than the clients try, or refuses this process; the message says which.
 */
export const openAwsPlatform = (options: AwsPlatformOptions): AwsPlatform => {
  const { dynamodb: client, clock, entropy, shards } = options;
  const executions = new DynamoTable({
    client,
    tableName: options.executionsTable,
    keyNames: [executionsTable.partition, executionsTable.sort],
    entropy,
  });
  const catalog = new DynamoTable({
    client,
    tableName: options.catalogTable,
    keyNames: [catalogTable.partition, catalogTable.sort],
    entropy,
  });
  const bodies = s3Bodies(options);
  const messages = workMessages({
    client: options.sqs,
    queueUrl: options.workQueueUrl,
    entropy,
  });
  const queue = new AwsQueue({ messages, clock, source: options.work });
  return {
    platform: {
      journal: awsJournal({ executions, bodies, queue, shards }),
      log: awsLog({ executions, bodies }),
      heads: awsHeads({ executions, shards }),
      queue: {
        receive: (wanted) => queue.receive(wanted),
        onVisible: (wake) => queue.onVisible(wake),
      },
      documents: awsDocuments({ catalog, bodies, entropy }),
    },
    inbox: queue.inbox,
    close: () => queue.stop(),
  };
};
