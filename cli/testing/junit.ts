/** Test results as JUnit XML, which CI servers read. */
import { printable } from "../view/text.ts";
import { failureLines } from "./result-lines.ts";
import { isPassed, type TestReport, type TestResult } from "./run-files.ts";

/** XML has no way to write other control characters at all, and `printable` has taken them away. */
const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

const attributes = (given: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(given)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [` ${name}="${escaped(printable(String(value)))}"`],
    )
    .join("");

const caseXml = (result: TestResult): readonly string[] => {
  const { file, line, name } = result;
  const head = `    <testcase${attributes({ name, classname: file, file, line })}`;
  if (isPassed(result)) return [`${head}/>`];
  const [first = "failed", ...others] = failureLines(result, (_, text) => text);
  const message = first.trim();
  return [
    `${head}>`,
    `      <failure${attributes({ message })}>${[first, ...others].map(escaped).join("\n")}</failure>`,
    "    </testcase>",
  ];
};

/** The whole report as an XML document. */
export const junitXml = ({ results }: TestReport): string => {
  const counts = (of: readonly TestResult[]) => ({
    tests: of.length,
    failures: of.filter((result) => !isPassed(result)).length,
  });
  const suites = [...Map.groupBy(results, ({ file }) => file)].flatMap(([file, members]) => [
    `  <testsuite${attributes({ name: file, ...counts(members) })}>`,
    ...members.flatMap(caseXml),
    "  </testsuite>",
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "holdfast test", ...counts(results) })}>`,
    ...suites,
    "</testsuites>",
  ].join("\n");
};
