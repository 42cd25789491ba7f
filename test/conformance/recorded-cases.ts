import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plainJson } from "#core/exact-json/plain-json.ts";
import { parseJson } from "#core/json.ts";
import type { RecordedCase, RecordedTestState, RecordedVerdict } from "./case.ts";

/** Classes of cases that this runner does not execute, and why. */
export const classesLeftOut: Readonly<Record<string, string>> = {};

/** Where the recordings lie. */
export const recordedDirectory = fileURLToPath(new URL("recorded", import.meta.url));

/** Compared in the tests of the validator. */
const opinions = "definitions that a linter has an opinion on";

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
  /** Definitions that the service has decided on; what linters say of others is an opinion. */
  readonly verdicts: readonly RecordedVerdict[];
  readonly leftOut: ReadonlyMap<string, number>;
}

/** With plain numbers, as the comparer takes them; `exactOriginal` has the others. */
const jsonIn = (path: string) => plainJson(parseJson(readFileSync(path, "utf8"))) as unknown;

const casesIn = (directory: string) =>
  readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({
      group: file.slice(0, -".json".length),
      found: jsonIn(join(directory, file)) as (RecordedCase | RecordedTestState)[],
    }));

const verdictsIn = (path: string): readonly RecordedVerdict[] =>
  existsSync(path) ? (jsonIn(path) as readonly RecordedVerdict[]) : [];

/**
 * What was recorded in a directory: `cases/<group>.json` and `validation.json`, both if they are there.
 * Throws where there is neither.
 */
export const loadCases = (directory: string): Recordings => {
  const folder = join(directory, "cases");
  const all = verdictsIn(join(directory, "validation.json"));
  const groups = existsSync(folder) ? casesIn(folder) : [];
  if (all.length === 0 && groups.length === 0)
    throw new Error(`${directory} has neither cases/ nor validation.json`);
  const verdicts = all.filter(({ authority }) => authority === "AWS");
  const cases: RecordedCase[] = [];
  const testStates: RecordedTestState[] = [];
  const leftOut = new Map([[opinions, all.length - verdicts.length]]);
  for (const recorded of groups.flatMap(({ group, found }) =>
    found.map((one) => ({ ...one, group })),
  )) {
    const reason = leaveOutReason(recorded);
    if (reason !== undefined) leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
    else if (isTestState(recorded)) testStates.push(recorded);
    else cases.push(recorded);
  }
  return { cases, testStates, verdicts, leftOut };
};
