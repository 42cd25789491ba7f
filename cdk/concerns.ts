import { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { type Alarm, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Buffer } from "./queues.ts";
import type { UnitFunction } from "./unit-function.ts";

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** Alarms on one function; those on its alias are also what takes a new version back. */
export const watchFunction = (board: AlarmBoard, unit: UnitFunction): readonly Alarm[] => {
  const name = capital(unit.unit);
  const errors = board.add(`${name}Errors`, {
    metric: unit.live.metricErrors(),
    description: `The function ${unit.unit} failed. Its log has the error and the execution's id; work is retried, none is lost.`,
    over: 0,
    minutes: 2,
  });
  board.add(`${name}Throttles`, {
    metric: unit.function.metricThrottles(),
    description: `Lambda refuses calls of the function ${unit.unit}: raise the account's concurrency quota, or lower what other functions reserve.`,
    over: 0,
    minutes: 3,
  });
  return [errors];
};

export interface QueueConcern {
  readonly name: string;
  /** Oldest item in seconds that is still no reason to worry. */
  readonly ageMaxS: number;
}

export const watchBuffer = (board: AlarmBoard, buffer: Buffer, concern: QueueConcern): void => {
  const { name, ageMaxS } = concern;
  board.add(`${capital(name)}Age`, {
    metric: buffer.queue.metricApproximateAgeOfOldestMessage(),
    description: `The oldest item of the queue ${name} waits for more than ${ageMaxS} s: its function fails, is throttled or has too little concurrency.`,
    over: ageMaxS,
    minutes: 3,
  });
  watchDeadLetters(board, buffer.deadLetters, name);
};

export const watchDeadLetters = (board: AlarmBoard, deadLetters: Queue, name: string): void => {
  board.add(`${capital(name)}DeadLetters`, {
    metric: deadLetters.metricApproximateNumberOfMessagesVisible(),
    description: `Items of ${name} were set aside after they failed too often. Read them, mend the cause, and put them back with a redrive of the queue.`,
    over: 0,
  });
};

const throttleEvents = (table: TableV2, metricName: string, index?: string): Metric =>
  new Metric({
    namespace: "AWS/DynamoDB",
    metricName,
    statistic: Stats.SUM,
    dimensionsMap: {
      TableName: table.tableName,
      ...(index !== undefined && { GlobalSecondaryIndexName: index }),
    },
  });

export interface TableConcern {
  readonly name: string;
  readonly indexes: readonly string[];
}

export const watchTable = (board: AlarmBoard, table: TableV2, concern: TableConcern): void => {
  for (const kind of ["Read", "Write"]) {
    for (const index of [undefined, ...concern.indexes]) {
      const part = index === undefined ? "" : ` (index ${index})`;
      board.add(`${concern.name}${capital(index ?? "")}${kind}Throttles`, {
        metric: throttleEvents(table, `${kind}ThrottleEvents`, index),
        description: `DynamoDB throttles ${kind.toLowerCase()}s of the table ${concern.name}${part}: traffic doubled within 30 minutes, one key is hot, or a quota is reached. Calls are retried.`,
        over: 0,
        minutes: 3,
      });
    }
  }
};

/** How many executions were past their time when the sweep looked. */
export const overdueMetric = (environment: string): Metric =>
  new Metric({
    namespace: "Holdfast",
    metricName: "Overdue",
    dimensionsMap: { service: "sweep", environment },
    statistic: Stats.MAXIMUM,
  });

export const watchSweep = (board: AlarmBoard, environment: string): void => {
  board.add("OverdueExecutions", {
    metric: overdueMetric(environment),
    description:
      "Executions are past their time minute after minute, or the sweep tells nothing: turns fail, work items get lost, or the schedule does not call the sweep.",
    over: 0,
    minutes: 5,
    isSilenceBad: true,
  });
};

export const watchApi = (board: AlarmBoard, api: HttpApi): void => {
  board.add("ApiErrors", {
    metric: api.metricServerError({ statistic: Stats.SUM, period: Duration.minutes(1) }),
    description:
      "The API answered with a status of 500 or more. The function northbound's log says why.",
    over: 0,
    minutes: 2,
  });
};
