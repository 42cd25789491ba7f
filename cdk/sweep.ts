import { Duration, Validations } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { memoryMib } from "./memory.ts";
import { deadLetterQueue } from "./queues.ts";
import { type CommonProps, timeouts, UnitFunction } from "./unit-function.ts";

/** The safety net: every minute, a work item for each execution that is or soon will be due. */
export class Sweep extends Construct {
  readonly unit: UnitFunction;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: CommonProps) {
    super(scope, id);
    this.unit = new UnitFunction(this, "Unit", {
      ...props,
      unit: "sweep",
      description: "Puts work items for executions that are due",
      timeout: timeouts.sweep,
      memoryMib: memoryMib.sweep,
    });
    this.deadLetters = deadLetterQueue(this, "DeadLetters");
    Validations.of(this.deadLetters).acknowledge({
      id: "AwsSolutions-SQS3",
      reason:
        "It is itself for dead letters: of the schedule and of the function's asynchronous calls.",
    });
    // A sweep that failed is not repeated: the next one does all that it left.
    this.unit.live.configureAsyncInvoke({
      maxEventAge: Duration.minutes(1),
      retryAttempts: 0,
      onFailure: new SqsDestination(this.deadLetters),
    });
    const caller = new Role(this, "Caller", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com"),
    });
    new Schedule(this, "EveryMinute", {
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      description: `Holdfast ${props.settings.environment}: the sweep`,
      target: new LambdaInvoke(this.unit.live, {
        role: caller,
        deadLetterQueue: this.deadLetters,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
  }
}
