import { Aws } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Stats,
} from "aws-cdk-lib/aws-cloudwatch";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { AlarmBoard } from "./alarm-board.ts";
import { overdueMetric } from "./concerns.ts";
import type { UnitFunction } from "./unit-function.ts";

export interface BoardProps {
  readonly environment: string;
  readonly alarms: AlarmBoard;
  readonly api: HttpApi;
  readonly units: readonly UnitFunction[];
  readonly queues: Readonly<Record<string, Queue>>;
  readonly deadLetters: Readonly<Record<string, Queue>>;
  readonly tables: readonly TableV2[];
}

const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left, right, width: 8, height: 6 });

const functions = (units: readonly UnitFunction[]): IWidget[] => [
  graph(
    "Calls of the functions",
    units.map(({ live, unit }) => live.metricInvocations({ label: unit })),
  ),
  graph(
    "Failed and refused calls",
    units.map(({ live, unit }) => live.metricErrors({ label: `${unit} failed` })),
    units.map((unit) => unit.function.metricThrottles({ label: `${unit.unit} refused` })),
  ),
  graph(
    "Duration, 99 %",
    units.map(({ live, unit }) => live.metricDuration({ statistic: Stats.p(99), label: unit })),
  ),
];

const queueGraphs = ({ queues, deadLetters }: BoardProps): IWidget[] => [
  graph(
    "Age of the oldest item, s",
    Object.entries(queues).map(([label, queue]) =>
      queue.metricApproximateAgeOfOldestMessage({ label }),
    ),
  ),
  graph(
    "Items that wait",
    Object.entries(queues).map(([label, queue]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label }),
    ),
  ),
  graph(
    "Items set aside",
    Object.entries(deadLetters).map(([label, queue]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label }),
    ),
  ),
];

/** What an operator looks at first: is work late, does something fail, what does it use. */
export class Board extends Construct {
  constructor(scope: Construct, id: string, props: BoardProps) {
    super(scope, id);
    const { api, tables } = props;
    const dashboard = new Dashboard(this, "Dashboard", {
      dashboardName: `Holdfast-${props.environment}-${Aws.REGION}`,
    });
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: "Alarms", alarms: props.alarms.alarms, width: 24, height: 4 }),
    );
    dashboard.addWidgets(...functions(props.units));
    dashboard.addWidgets(...queueGraphs(props));
    dashboard.addWidgets(
      graph("Executions past their time", [overdueMetric(props.environment)]),
      graph("Calls of the API", [api.metricCount()], [api.metricServerError()]),
      graph(
        "Units of the tables",
        tables.map((table) => table.metricConsumedWriteCapacityUnits()),
        tables.map((table) => table.metricConsumedReadCapacityUnits()),
      ),
    );
  }
}
