/** Validates a recorded definition and compares the findings with the verdict of the service. */
import { asServiceSays, refusalOf } from "#core/asl/diagnostic.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import type { RecordedVerdict, Verdict } from "./case.ts";
import { match } from "./recorded/compare.mjs";

/** What the service's client puts before the text of the service. */
const clientPrefix = /^An error occurred \(\w+\) when calling the \w+ operation: /;

export const judgeDefinition = (recorded: RecordedVerdict): Verdict => {
  const { definition, workflowType, valid, message, diagnostics } = recorded;
  const found = validateDefinition(definition, { workflowType });
  const errors = found.filter(({ severity }) => severity === "ERROR");
  const said = errors.map((error) => ({ ...asServiceSays(error), severity: error.severity }));
  const isValid = errors.length === 0;
  return {
    L1: isValid === valid ? [] : [`expected ${valid ? "valid" : "invalid"}: ${refusalOf(found)}`],
    L2: message === undefined ? null : match(message.replace(clientPrefix, ""), refusalOf(found)),
    L3: null,
    L4: diagnostics === undefined ? null : match([...diagnostics], said),
    parameters: null,
  };
};
