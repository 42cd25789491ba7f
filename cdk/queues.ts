import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

/** 14 days, SQS's longest: what lies in a queue for dead letters waits for a person. */
const retentionMax = Duration.days(14);

export interface BufferProps {
  /** At least the time-out of the function that the queue triggers; Lambda insists on it. */
  readonly visibility: Duration;
  /** An item that was received so often without success is set aside. */
  readonly receiveCountMax: number;
}

/** A queue and the queue in which it sets aside what nobody could handle. */
export class Buffer extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: BufferProps) {
    super(scope, id);
    this.deadLetters = deadLetterQueue(this, "DeadLetters");
    this.queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: retentionMax,
      visibilityTimeout: props.visibility,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.receiveCountMax },
    });
  }
}

/** A queue that nothing empties but a person. */
export const deadLetterQueue = (scope: Construct, id: string): Queue =>
  new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: retentionMax,
  });
