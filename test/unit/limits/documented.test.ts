/** docs/limits.md says what the code says. After a change: `npx vitest run --project unit test/unit/limits -u`. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const sources = [
  ["The core", "core"],
  ["Definitions", "core/asl"],
  ["Process documents", "catalog"],
  ["Operations", "monitoring"],
  ["The HTTP interface", "northbound"],
  ["Access", "access"],
  ["The audit", "access/audit"],
] as const;

/** A constant with the comment before it. */
const constant = /\/\*\* ([^\n]*?) \*\/\nexport const (\w+) = ([\d_]+);/g;

interface Limit {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}

const limitsOf = (folder: string): readonly Limit[] => {
  const text = readFileSync(
    new URL(`../../../shared/${folder}/limits.ts`, import.meta.url),
    "utf8",
  );
  return [...text.matchAll(constant)].map(([, reason = "", name = "", value = ""]) => ({
    name,
    value: Number(value.replaceAll("_", "")).toLocaleString("en"),
    reason: reason.replaceAll("|", "\\|"),
  }));
};

const introduction = `# Limits

What an execution, a definition or a call may be, in one place. The numbers are those of
\`shared/**/limits.ts\`, each with its reason. Where a limit of Step Functions decides what a definition
gives, Holdfast has the same; where it only bounds what the service can carry, Holdfast's is wider:

| what | Step Functions | Holdfast |
|---|---|---|
| what a state leaves behind | 256 KiB | ${limitsOf("core").find(({ name }) => name === "valueSizeMax")?.value} characters; beyond it the state fails with States.DataLimitExceeded |
| events of a history | 25,000 | no limit |
| length of an execution | one year | no limit but its own TimeoutSeconds |
| length of an EXPRESS execution | 5 minutes | ${Number(limitsOf("core").find(({ name }) => name === "expressSecondsMax")?.value) / 60} minutes; then it is TIMED_OUT |
| numbers that $range makes | 360,145 | ${limitsOf("core").find(({ name }) => name === "jsonataRangeCountMax")?.value} |
`;

const express = `
## EXPRESS

A process document with \`type: EXPRESS\`, or a distributed Map state with \`ExecutionType: EXPRESS\`, is what Step Functions calls an Express
workflow. It has the same log and the same guarantees as any other here, so it is stricter where the service promises less:

| what | Step Functions, EXPRESS | Holdfast, EXPRESS |
|---|---|---|
| activities, \`.sync\`, \`.waitForTaskToken\`, Map states in distributed mode | refused | refused |
| length | 5 minutes | the same |
| the same name again | another execution | the same execution; \`execution-name-taken\` if the input differs |
| delivery | at least once (asynchronous), at most once (synchronous) | exactly once; an interrupted activity runs again only if it is declared restartable |
| history, description, list, stop | not offered; logs only | as for any execution |
| synchronous start | an operation of its own | \`waitSeconds\` of any start; in a definition \`aws-sdk:sfn:startSyncExecution\` of any process |
`;

const document = (): string =>
  sources.reduce((text, [title, folder]) => {
    const rows = limitsOf(folder).map(
      ({ name, value, reason }) => `| \`${name}\` | ${value} | ${reason} |`,
    );
    return `${text}\n## ${title}\n\n| limit | value | what and why |\n|---|---:|---|\n${rows.join("\n")}\n`;
  }, introduction + express);

test("docs/limits.md lists every limit", async () => {
  await expect(document()).toMatchFileSnapshot("../../../docs/limits.md");
});

test.each(sources)("%s: every limit has its reason", (_, folder) => {
  const text = readFileSync(
    new URL(`../../../shared/${folder}/limits.ts`, import.meta.url),
    "utf8",
  );
  const declared = [...text.matchAll(/^export const (\w+) = [\d_]+;/gm)].map(([, name]) => name);
  expect(limitsOf(folder).map(({ name }) => name)).toEqual(declared);
  expect(declared.length).toBeGreaterThan(0);
});
