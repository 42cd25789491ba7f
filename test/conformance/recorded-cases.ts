import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plainJson } from "#core/exact-json/plain-json.ts";
import { parseJson } from "#core/json.ts";
import type { RecordedCase, RecordedTestState } from "./case.ts";

/** Groups that this runner does not execute, and why. */
export const groupsLeftOut: Readonly<Record<string, string>> = {
  validation: "definitions are checked by the tests of the parser",
};

/** Classes of cases that this runner does not execute, and why. */
export const classesLeftOut: Readonly<Record<string, string>> = {};

/** Where the recordings lie. */
export const recordedDirectory = fileURLToPath(new URL("recorded/cases", import.meta.url));

/** A TestState call that only the real service answers. */
const needsService = "TestState calls without a mock, answered by a real service";

const isTestState = (recorded: RecordedCase | RecordedTestState): recorded is RecordedTestState =>
  "kind" in recorded && recorded.kind === "test_state";

const leaveOutReason = (recorded: RecordedCase | RecordedTestState): string | undefined => {
  if (!isTestState(recorded)) return classesLeftOut[recorded.class];
  return recorded.needsService === true ? needsService : undefined;
};

/** What lies in a directory of recordings; `leftOut` counts by reason what is not executed. */
export interface Recordings {
  readonly cases: readonly RecordedCase[];
  readonly testStates: readonly RecordedTestState[];
  readonly leftOut: ReadonlyMap<string, number>;
}

/** With plain numbers, as the comparer takes them; `exactOriginal` has the others. */
const casesIn = (directory: string) =>
  readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({
      group: file.slice(0, -".json".length),
      found: plainJson(parseJson(readFileSync(join(directory, file), "utf8"))) as unknown as (
        | RecordedCase
        | RecordedTestState
      )[],
    }));

/** The cases of every group in a directory, with the groups' names. */
export const loadCases = (directory: string): Recordings => {
  const cases: RecordedCase[] = [];
  const testStates: RecordedTestState[] = [];
  const leftOut = new Map<string, number>();
  for (const { group, found } of casesIn(directory))
    for (const recorded of found) {
      const reason = groupsLeftOut[group] ?? leaveOutReason(recorded);
      if (reason !== undefined) leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
      else if (isTestState(recorded)) testStates.push({ ...recorded, group });
      else cases.push({ ...recorded, group });
    }
  return { cases, testStates, leftOut };
};
