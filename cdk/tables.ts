import { RemovalPolicy } from "aws-cdk-lib";
import {
  type Attribute,
  AttributeType,
  Billing,
  ProjectionType,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { catalogTable, executionsTable, type TableSchema } from "#platforms/aws/tables.ts";
import type { Settings } from "./settings.ts";

const attributeTypes = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

const attribute = ({ keyTypes }: TableSchema, name: string): Attribute => ({
  name,
  type: attributeTypes[keyTypes[name] ?? "S"],
});

const keysOf = (schema: TableSchema) => ({
  partitionKey: attribute(schema, schema.partition),
  sortKey: attribute(schema, schema.sort),
  globalSecondaryIndexes: schema.indexes.map(({ name, partition, sort, projection }) => ({
    indexName: name,
    partitionKey: attribute(schema, partition),
    sortKey: attribute(schema, sort),
    ...(typeof projection === "string"
      ? { projectionType: ProjectionType[projection] }
      : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...projection.with] }),
  })),
});

/**
 * What is durable: the executions, and the catalog with the ledgers. Declared as global tables, so
 * that another region can be added to them later.
 */
export class Tables extends Construct {
  readonly executions: TableV2;
  readonly catalog: TableV2;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.executions = this.#table("Executions", executionsTable, settings);
    this.catalog = this.#table("Catalog", catalogTable, settings);
  }

  #table(id: string, schema: TableSchema, { isProtected, recoveryDays }: Settings): TableV2 {
    return new TableV2(this, id, {
      ...keysOf(schema),
      billing: Billing.onDemand(),
      deletionProtection: isProtected,
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: recoveryDays,
      },
      removalPolicy: isProtected ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }
}
