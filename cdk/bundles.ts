import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Code } from "aws-cdk-lib/aws-lambda";
import { buildUnit, type UnitName, unitNames } from "#lambdas/build.ts";
import type { CodeOf } from "./unit-function.ts";

const folderOf = (unit: UnitName): string =>
  fileURLToPath(new URL(join("../lambdas/dist", unit), import.meta.url));

/** Bundles the functions as they are now. */
export const bundles = async (): Promise<CodeOf> => {
  await Promise.all(unitNames.map((unit) => buildUnit(unit, folderOf(unit))));
  return (unit) => Code.fromAsset(folderOf(unit));
};
