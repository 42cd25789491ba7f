/**
 * `npx node test/conformance/run.ts [--cases DIR] [--json] [--only TEXT] [--write]`: runs the
 * recorded cases on the core and prints what passes by group and level. `--only` shows the
 * differences of the cases whose id has TEXT in it; `--write` writes `expected.json`. It fails where a
 * case fails that is not listed there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { type Level, levels, type Verdict } from "./case.ts";
import { judgeDefinition } from "./judge-definition.ts";
import { loadCases, recordedDirectory } from "./recorded-cases.ts";
import { judge } from "./replay-case.ts";
import { judgeTestState } from "./replay-test-state.ts";

const { values: options } = parseArgs({
  options: {
    cases: { type: "string", default: recordedDirectory },
    json: { type: "boolean", default: false },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

interface Judged {
  readonly id: string;
  readonly group: string;
  readonly verdict: Verdict;
}

const { cases, testStates, verdicts, leftOut } = loadCases(options.cases);
const only = options.only;
const judged: Judged[] = [];
const isAsked = ({ id }: { readonly id: string }) => only === undefined || id.includes(only);
for (const recorded of cases.filter(isAsked))
  judged.push({ id: recorded.id, group: recorded.group, verdict: await judge(recorded) });
for (const recorded of testStates.filter(isAsked))
  judged.push({ id: recorded.id, group: recorded.group, verdict: await judgeTestState(recorded) });
for (const recorded of verdicts.filter(isAsked))
  judged.push({ id: recorded.id, group: "validation", verdict: judgeDefinition(recorded) });

const failing = ({ verdict }: Judged): Level[] =>
  levels.filter((level) => (verdict[level]?.length ?? 0) > 0);

const failures = Object.fromEntries(
  judged.filter((one) => failing(one).length > 0).map((one) => [one.id, failing(one)]),
);

const cell = (group: readonly Judged[], level: Level): string => {
  const compared = group.filter(({ verdict }) => verdict[level] !== null);
  const passed = compared.filter(({ verdict }) => verdict[level]?.length === 0);
  return compared.length === 0 ? "-" : `${passed.length}/${compared.length}`;
};

const printTable = (): void => {
  const table = new Table({ head: ["group", "cases", ...levels], style: { head: [] } });
  for (const [group, members] of Map.groupBy(judged, (one) => one.group))
    table.push([group, members.length, ...levels.map((level) => cell(members, level))]);
  table.push(["all", judged.length, ...levels.map((level) => cell(judged, level))]);
  console.log(table.toString());
  for (const [reason, count] of leftOut) console.log(`left out: ${count}, ${reason}`);
};

const printDifferences = (): void => {
  for (const one of judged)
    for (const level of failing(one))
      console.log(`${one.id}\n  ${level}: ${one.verdict[level]?.join("\n  ")}`);
};

const expectedFile = new URL("expected.json", import.meta.url);
if (options.write) writeFileSync(expectedFile, `${JSON.stringify(failures, null, 2)}\n`);
const expected: Readonly<Record<string, readonly Level[]>> = JSON.parse(
  readFileSync(expectedFile, "utf8"),
);
const regressions = Object.entries(failures).filter(([id, at]) =>
  at.some((level) => !expected[id]?.includes(level)),
);
if (options.json)
  console.log(
    JSON.stringify({
      cases: judged.length,
      failing: failures,
      leftOut: Object.fromEntries(leftOut),
    }),
  );
else {
  if (only !== undefined) printDifferences();
  printTable();
}
for (const [id, at] of regressions) console.error(`regression: ${id} at ${at.join(", ")}`);
if (regressions.length > 0) process.exitCode = 1;
