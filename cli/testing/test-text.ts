/** A recorded test as the text of a test file, in YAML whose scalars are JSON: numbers stay as they are. */
import { isJsonObject, type Json, type JsonObject } from "#core/json.ts";
import type { recordTest } from "#testing/record-test.ts";

const lineLengthMax = 100;

/** A key that YAML takes for the text that it is. */
const plainKey = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z_][\w-]*$/i;

const keyText = (key: string): string => (plainKey.test(key) ? key : JSON.stringify(key));

/** JSON escapes control characters below 32 only; YAML takes the others in no text. */
const flowText = (value: Json): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A value behind its key or dash: on the same line where it fits, else on lines of its own. */
const valueLines = (value: Json, lead: string, indent: string): readonly string[] => {
  const flow = flowText(value);
  const isBlock = Array.isArray(value) ? value.length > 0 : isJsonObject(value) && flow !== "{}";
  if (!isBlock || lead.length + flow.length < lineLengthMax) return [`${lead} ${flow}`];
  return [lead, ...blockLines(value, `${indent}  `)];
};

const memberLines = (members: JsonObject, indent: string): readonly string[] =>
  Object.entries(members).flatMap(([key, value]) =>
    valueLines(value, `${indent}${keyText(key)}:`, indent),
  );

/** The first member of an object stands beside the dash. */
const itemLines = (item: Json, indent: string): readonly string[] =>
  isJsonObject(item)
    ? memberLines(item, `${indent}  `).map((line, index) =>
        index === 0 ? `${indent}- ${line.slice(indent.length + 2)}` : line,
      )
    : valueLines(item, `${indent}-`, indent);

const blockLines = (value: Json, indent: string): readonly string[] =>
  Array.isArray(value)
    ? value.flatMap((item) =>
        flowText(item).length + indent.length < lineLengthMax
          ? [`${indent}- ${flowText(item)}`]
          : itemLines(item, indent),
      )
    : memberLines(isJsonObject(value) ? value : {}, indent);

/** The text of a file with this one test. */
export const testText = (test: ReturnType<typeof recordTest>, comment: string): string => {
  const { mocks, expect, ...others } = test;
  return [
    `# ${comment}`,
    "tests:",
    ...itemLines(others as JsonObject, "  "),
    ...(mocks.length === 0 ? [] : ["    mocks:"]),
    ...mocks.flatMap((mock) => itemLines(mock as Json, "      ")),
    "    expect:",
    ...memberLines(expect as JsonObject, "      "),
    "",
  ].join("\n");
};
