import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  type Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";

export interface Concern {
  readonly metric: Metric;
  /** What is wrong and what to do, for whoever is woken. */
  readonly description: string;
  /** Raised when the metric is over this for `minutes` in a row. */
  readonly over: number;
  readonly minutes?: number;
  /** No figures are as bad as high ones: whoever writes them does not work. */
  readonly isSilenceBad?: boolean;
}

/** All alarms of an environment, and whom they tell. */
export class AlarmBoard extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #action: SnsAction | undefined;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const topic = this.#topic(settings.alarmsTo);
    this.#action = topic && new SnsAction(topic);
  }

  add(name: string, concern: Concern): Alarm {
    const alarm = new Alarm(this, name, {
      alarmDescription: concern.description,
      metric: concern.metric.with({ period: Duration.minutes(1) }) as IMetric,
      threshold: concern.over,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: concern.minutes ?? 1,
      treatMissingData: concern.isSilenceBad
        ? TreatMissingData.BREACHING
        : TreatMissingData.NOT_BREACHING,
    });
    if (this.#action !== undefined) {
      alarm.addAlarmAction(this.#action);
      alarm.addOkAction(this.#action);
    }
    this.alarms.push(alarm);
    return alarm;
  }

  #topic(to: string): ITopic | undefined {
    if (to === "") return undefined;
    if (to.startsWith("arn:")) return Topic.fromTopicArn(this, "Topic", to);
    const topic = new Topic(this, "Topic", { enforceSSL: true });
    topic.addSubscription(new EmailSubscription(to));
    return topic;
  }
}
