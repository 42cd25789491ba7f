import { EventBus, Match, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import type { Buffer } from "./queues.ts";

/** Events whose source begins so are told by Holdfast itself. */
export const ownSourcePrefix = "holdfast";

/** The environment's bus: status changes go out on it, and what others put on it is taken in. */
export class EnvironmentBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, ingress: Buffer) {
    super(scope, id);
    this.bus = new EventBus(this, "Bus");
    // One's own events are left out: they would start what tells them again.
    new Rule(this, "ToIngress", {
      eventBus: this.bus,
      description: "Events of others on the environment's bus, to be taken in",
      eventPattern: { source: Match.anythingButPrefix(ownSourcePrefix) },
      targets: [new SqsQueue(ingress.queue, { deadLetterQueue: ingress.deadLetters })],
    });
  }
}
