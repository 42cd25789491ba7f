import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { Adapter } from "#adapters/adapter.ts";
import type { ActivityResult } from "#ports/activity-runner.ts";

const ajv = new Ajv2020({ allowUnionTypes: true });

/** Fails the test unless `result` succeeded with an output as the manifest of the activity describes it. */
export const expectToFit = (adapter: Adapter, activity: string, result: ActivityResult): void => {
  const schema = adapter.activities[activity]?.output;
  expect(schema).toBeDefined();
  expect(result.kind, JSON.stringify(result)).toBe("succeeded");
  const validate = ajv.compile(schema ?? false);
  const fits = result.kind === "succeeded" && validate(result.output);
  expect(fits, JSON.stringify(validate.errors)).toBe(true);
};
