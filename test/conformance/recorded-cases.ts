import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RecordedCase } from "./case.ts";

/** Groups that this runner does not execute, and why. */
export const groupsLeftOut: Readonly<Record<string, string>> = {
  test_state: "a state tested on its own is not executed by this runner yet",
  validation: "definitions are checked by the tests of the parser",
};

/** Classes of cases that this runner does not execute, and why. */
export const classesLeftOut: Readonly<Record<string, string>> = {
  s3: "distributed maps that read their items from S3 are not executed yet",
};

/** Where the recordings lie. */
export const recordedDirectory = fileURLToPath(new URL("recorded/cases", import.meta.url));

/** The cases of every group in a directory, with the groups' names. */
export const loadCases = (
  directory: string,
): { readonly cases: readonly RecordedCase[]; readonly leftOut: ReadonlyMap<string, number> } => {
  const cases: RecordedCase[] = [];
  const leftOut = new Map<string, number>();
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith(".json")) continue;
    const group = file.slice(0, -".json".length);
    const found = JSON.parse(readFileSync(join(directory, file), "utf8")) as RecordedCase[];
    if (group in groupsLeftOut) {
      leftOut.set(group, found.length);
      continue;
    }
    for (const recorded of found) {
      if (recorded.class in classesLeftOut)
        leftOut.set(recorded.class, (leftOut.get(recorded.class) ?? 0) + 1);
      else cases.push({ ...recorded, group });
    }
  }
  return { cases, leftOut };
};
