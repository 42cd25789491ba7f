/** docs/limits.md says what the code says. After a change: `npx vitest run --project unit test/unit/limits -u`. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const sources = [
  ["The core", "core"],
  ["Definitions", "core/asl"],
  ["Process documents", "catalog"],
  ["The HTTP interface", "northbound"],
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
| numbers that $range makes | 360,145 | ${limitsOf("core").find(({ name }) => name === "jsonataRangeCountMax")?.value} |
`;

const document = (): string =>
  sources.reduce((text, [title, folder]) => {
    const rows = limitsOf(folder).map(
      ({ name, value, reason }) => `| \`${name}\` | ${value} | ${reason} |`,
    );
    return `${text}\n## ${title}\n\n| limit | value | what and why |\n|---|---:|---|\n${rows.join("\n")}\n`;
  }, introduction);

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
