import type { IEventBus } from "aws-cdk-lib/aws-events";
import { Grant } from "aws-cdk-lib/aws-iam";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { grantActivities } from "./activity-access.ts";
import type { AdminToken } from "./admin-token.ts";
import type { EnvironmentKey } from "./environment-key.ts";
import type { Settings } from "./settings.ts";
import { grantTable } from "./table-access.ts";
import type { Tables } from "./tables.ts";
import type { UnitFunction } from "./unit-function.ts";
import type { ValueBucket } from "./value-bucket.ts";

export interface Grantable {
  readonly tables: Tables;
  readonly bucket: ValueBucket;
  readonly bus: IEventBus;
  readonly adminToken: AdminToken;
  readonly key: EnvironmentKey;
  readonly work: Queue;
  readonly workDeadLetters: Queue;
  readonly settings: Settings;
}

/** Calls on the executions table by which logs are read and written, and heads kept. */
const keeping = ["GetItem", "Query", "PutItem", "UpdateItem"];
/** A process that keeps no details drops the records of an execution when it ends. */
const dropping = ["DeleteItem", "BatchWriteItem"];

/** Answers the API; takes the turns of synchronous starts, too. */
export const grantNorthbound = ({ role }: UnitFunction, to: Grantable): void => {
  grantTable(role, to.tables.executions, {
    actions: [...keeping, ...dropping, "BatchGetItem"],
    indexes: ["started", "due"],
  });
  grantTable(role, to.tables.catalog, {
    actions: ["GetItem", "Query", "UpdateItem", "DeleteItem"],
    indexes: ["byIndex"],
  });
  to.bucket.grantValues(role);
  to.work.grant(role, "sqs:SendMessage");
  to.bus.grantPutEventsTo(role);
  Grant.addToPrincipal({
    grantee: role,
    actions: ["secretsmanager:GetSecretValue"],
    resourceArns: [to.adminToken.secret.secretArn],
  });
  to.key.grantWrapping(role);
  grantActivities(role, to.settings);
};

export const grantTurn = ({ role }: UnitFunction, to: Grantable): void => {
  grantTable(role, to.tables.executions, { actions: [...keeping, ...dropping] });
  grantTable(role, to.tables.catalog, { actions: ["GetItem", "UpdateItem", "DeleteItem"] });
  to.bucket.grantValues(role);
  to.work.grant(role, "sqs:SendMessage", "sqs:ChangeMessageVisibility");
  to.bus.grantPutEventsTo(role);
  grantActivities(role, to.settings);
};

/** Starts executions; their turns are taken elsewhere. */
export const grantIngest = ({ role }: UnitFunction, to: Grantable): void => {
  grantTable(role, to.tables.executions, { actions: keeping });
  grantTable(role, to.tables.catalog, { actions: ["GetItem", "UpdateItem"] });
  to.bucket.grantValues(role);
  to.work.grant(role, "sqs:SendMessage");
  to.bus.grantPutEventsTo(role);
};

/** Looks for what is due, tells changes of status that could not be told, and drops what is old. */
export const grantSweep = ({ role }: UnitFunction, to: Grantable): void => {
  grantTable(role, to.tables.executions, {
    actions: ["GetItem", "BatchGetItem"],
    indexes: ["due"],
  });
  grantTable(role, to.tables.catalog, {
    actions: ["GetItem", "Query", "UpdateItem", "DeleteItem"],
    indexes: ["byIndex"],
  });
  to.work.grant(role, "sqs:SendMessage");
  to.bus.grantPutEventsTo(role);
};
