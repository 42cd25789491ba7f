import { activityPolicy, clerkArn } from "./granted.ts";

/** Permissions that a function need not have used when it was driven, and why its role has them nevertheless. */

const byLambda = "Lambda itself calls it with the function's role: it writes the log.";
const byTrigger = "Lambda itself calls it with the function's role: it polls the queue.";
const byDestination =
  "Lambda itself calls it with the function's role: it sets a failed call aside.";
const traces = "The X-Ray daemon beside the function calls it; the emulator has none.";

type Explained = readonly [permission: string, reason: string];

const everywhere = (log: string): readonly Explained[] => [
  [`logs:CreateLogStream ${log}`, byLambda],
  [`logs:PutLogEvents ${log}`, byLambda],
  ["xray:PutTraceSegments *", traces],
  ["xray:PutTelemetryRecords *", traces],
];

const polled = (queue: string): readonly Explained[] =>
  ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"].map((action) => [
    `${action} ${queue}`,
    byTrigger,
  ]);

/** What activities may call is proven with the turn function, which runs most of them. */
const ofActivities: readonly Explained[] = [
  ...activityPolicy.Statement,
  { Action: ["sts:AssumeRole"], Resource: [clerkArn] },
].flatMap(({ Action, Resource }) =>
  Action.flatMap((action) =>
    Resource.map(
      (resource): Explained => [
        `${action} ${resource}`,
        "Only activities of synchronous starts and of tested states run here.",
      ],
    ),
  ),
);

const unused: Readonly<Record<string, readonly Explained[]>> = {
  northbound: [...everywhere("NorthboundUnitLog"), ...ofActivities],
  turn: [
    ...everywhere("TurnLog"),
    ...polled("WorkQueue"),
    [
      "s3:PutObject ValuesBucket/values/*",
      "Results of activities that arrive together may be over 300 KiB.",
    ],
  ],
  ingest: [
    ...everywhere("IngestLog"),
    ...polled("IngressQueue"),
    [
      "dynamodb:Query TablesExecutions",
      "A repeated start reads the log of one that was cut off, to complete it.",
    ],
    ["s3:PutObject ValuesBucket/values/*", "The input in an event may be over 300 KiB."],
  ],
  sweep: [
    ...everywhere("SweepUnitLog"),
    ...["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"].map(
      (action): Explained => [`${action} SweepDeadLetters`, byDestination],
    ),
    [
      "dynamodb:GetItem TablesExecutions",
      "It asks whether executions whose turns ended their servers have ended.",
    ],
    ["dynamodb:GetItem TablesCatalog", "It drops the oldest system events, once there are many."],
    [
      "dynamodb:Query TablesCatalog/index/byIndex",
      "It drops the oldest system events, once there are many.",
    ],
    [
      "dynamodb:DeleteItem TablesCatalog",
      "It drops the oldest system events, and changes of status that it has told.",
    ],
    ["dynamodb:UpdateItem TablesCatalog", "It keeps system events of what fails in a sweep."],
    ["events:PutEvents EventsBus", "It tells changes of status that could not be told before."],
  ],
};

/** By permission, the reason. */
export const unusedPermissions = (unit: string): ReadonlyMap<string, string> =>
  new Map(unused[unit] ?? []);
