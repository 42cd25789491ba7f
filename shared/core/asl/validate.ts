import { isJsonObject, type Json } from "../json.ts";
import type { StateMachine } from "./definition.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { definitionDepthMax } from "./limits.ts";
import { checkMachine } from "./machine.ts";
import { review } from "./review/review.ts";
import type { ValidationOptions } from "./scope.ts";

/** Whether a value is nested deeper than `max`; walks in a loop, so that no depth can exhaust the stack. */
const isDeeperThan = (value: Json, max: number): boolean => {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > max) return true;
    level = level.flatMap((inner) =>
      Array.isArray(inner) || isJsonObject(inner) ? Object.values(inner) : [],
    );
  }
  return false;
};

/**
 * All that is wrong with a definition; valid if no finding is an error, and only then reviewed for
 * what is allowed and hardly meant.
 * Any JSON will do: what is no definition gives findings, never an exception. At most
 * `diagnosticCountMax` findings are reported.
 */
export const validateDefinition = (
  value: Json,
  options: ValidationOptions = {},
): readonly Diagnostic[] => {
  if (isDeeperThan(value, definitionDepthMax))
    return [
      {
        severity: "ERROR",
        code: "SCHEMA_VALIDATION_FAILED",
        message: `the definition is nested more than ${definitionDepthMax} deep; split it into several processes`,
        path: [],
      },
    ];
  const findings: Diagnostic[] = [];
  const isExpress = options.workflowType === "EXPRESS";
  const language = "JSONPath";
  const scope = { path: [], language, isExpress, isIteration: false, options, findings } as const;
  checkMachine(scope, value, { kind: "top" });
  if (findings.every(({ severity }) => severity !== "ERROR"))
    // Validation has looked at every field of the type.
    review(scope, value as unknown as StateMachine);
  return findings;
};
