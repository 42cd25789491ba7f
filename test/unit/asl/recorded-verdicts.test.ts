import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { validateDefinition } from "#core/asl/validate.ts";
import type { RecordedVerdict } from "../../conformance/case.ts";

const folder = new URL("../../conformance/recorded/", import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), "utf8"));
const recorded: readonly RecordedVerdict[] = read("validation.json");

const errorsOf = ({ definition, workflowType }: RecordedVerdict) =>
  validateDefinition(definition, { workflowType }).filter(({ severity }) => severity === "ERROR");

/**
 * Where the linters see it otherwise, and why we do not follow: they take any string as a resource
 * (the service takes ARNs only) and template placeholders, ask for one blank within `{% %}`, know
 * fewer rules (RoleArn, names unique over branches, no JSONPath in a JSONata definition) or check
 * literal arguments and function names that the service was not seen to refuse; scripts in paths
 * (`[(@.length-1)]`) can not be evaluated here.
 */
const opinionCountMin: Readonly<Record<string, number>> = {
  "asl-validator": 71,
  statelint: 29,
  "amazon-states-language-service": 58,
};

describe("opinions of linters", () => {
  test.each(Object.entries(opinionCountMin))(
    "agrees with %s in at least %i cases",
    (linter, min) => {
      const cases = recorded.filter(({ authority }) => authority === linter);
      const agreed = cases.filter((entry) => (errorsOf(entry).length === 0) === entry.valid);
      console.info(`agrees with ${linter} in ${agreed.length} of ${cases.length} cases`);
      expect(agreed.length).toBeGreaterThanOrEqual(min);
    },
  );
});

test("every definition that the service was seen to run is valid", () => {
  const ran: readonly RecordedVerdict[] = readdirSync(new URL("cases/", folder))
    .filter((file) => file !== "test_state.json")
    .flatMap((file) => read(`cases/${file}`));
  expect(ran.length).toBeGreaterThan(700);
  for (const entry of ran) expect(errorsOf(entry), entry.id).toEqual([]);
});
