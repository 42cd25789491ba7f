import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";

/**
 * Grants calls on a table's items and queries of the indexes named; the table's own grants would
 * include every index and every action of a kind.
 */
export const grantTable = (
  grantee: IGrantable,
  table: TableV2,
  access: { readonly actions: readonly string[]; readonly indexes?: readonly string[] },
): void => {
  if (access.actions.length > 0) {
    Grant.addToPrincipal({
      grantee,
      actions: access.actions.map((action) => `dynamodb:${action}`),
      resourceArns: [table.tableArn],
    });
  }
  const indexes = (access.indexes ?? []).map((name) => `${table.tableArn}/index/${name}`);
  if (indexes.length === 0) return;
  Grant.addToPrincipal({ grantee, actions: ["dynamodb:Query"], resourceArns: indexes });
};
