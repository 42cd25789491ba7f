/** What a Lambda's event source gives of a message of the work queue: the part of its record that counts. */
export interface WorkMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

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
