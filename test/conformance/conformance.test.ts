import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Level, levels, type Verdict } from "./case.ts";
import { judgeDefinition } from "./judge-definition.ts";
import { loadCases, recordedDirectory } from "./recorded-cases.ts";
import { judge, relive } from "./replay-case.ts";
import { judgeTestState } from "./replay-test-state.ts";

/** Levels that a case does not reach yet. The list may only shrink (`run.ts --write`). */
const notYet = JSON.parse(
  readFileSync(new URL("expected.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly Level[]>>;

const failing = (verdict: Verdict): readonly Level[] =>
  levels.filter((level) => (verdict[level]?.length ?? 0) > 0);

const differences = (verdict: Verdict, at: readonly Level[]): string =>
  at.map((level) => `${level}: ${verdict[level]?.join("\n")}`).join("\n");

const { cases, testStates, verdicts } = loadCases(recordedDirectory);

const recordings = [
  ...cases.map((recorded) => ({ ...recorded, judged: () => judge(recorded) })),
  ...testStates.map((recorded) => ({ ...recorded, judged: () => judgeTestState(recorded) })),
  ...verdicts.map((recorded) => ({
    ...recorded,
    group: "validation",
    judged: async () => judgeDefinition(recorded),
  })),
];

describe.for([...Map.groupBy(recordings, ({ group }) => group)])("%s", ([, members]) => {
  test.for(members.map((recorded) => [recorded.id, recorded] as const))(
    "%s",
    async ([id, recorded]) => {
      const verdict = await recorded.judged();
      const fails = failing(verdict);
      const allowed = notYet[id] ?? [];
      const unexpected = fails.filter((level) => !allowed.includes(level));
      expect(unexpected, differences(verdict, unexpected)).toEqual([]);
      const passing = allowed.filter((level) => !fails.includes(level));
      expect(passing, "passes now: take it off expected.json").toEqual([]);
    },
  );
});

test("the recordings are there, and every exception names one of them", () => {
  const ids = new Set(recordings.map(({ id }) => id));
  expect(cases.length).toBe(746);
  expect(testStates.length).toBe(126);
  expect(verdicts.length).toBe(325);
  expect(Object.keys(notYet).filter((id) => !ids.has(id))).toEqual([]);
});

test("the facts of every case give the same bytes again, from the start and from every snapshot", async () => {
  for (const recorded of cases) {
    const { lived, folded } = await relive(recorded);
    expect(new Set(folded), recorded.id).toEqual(new Set([lived]));
  }
});
