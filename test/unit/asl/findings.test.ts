import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseDefinition } from "#core/asl/parse.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import type { Json } from "#core/json.ts";

/** What is said of a definition, word for word: "severity code path: message". */
interface Judged {
  readonly definition: Json;
  readonly findings: readonly string[];
}

const judged: readonly Judged[] = readFileSync(new URL("findings.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const said = (definition: Json): readonly string[] =>
  validateDefinition(definition).map(
    ({ severity, code, path, message }) =>
      `${severity} ${code} ${["", ...path].join("/")}: ${message}`,
  );

describe("a definition is told all that is wrong with it, and where, in these words", () => {
  test.each(
    judged.map((entry) => [JSON.stringify(entry.definition).slice(0, 120), entry] as const),
  )("%s", (_, { definition, findings }) => {
    expect(said(definition)).toEqual(findings);
    const isWrong = findings.some((finding) => finding.startsWith("ERROR"));
    expect(parseDefinition(definition).kind).toBe(isWrong ? "invalid" : "valid");
  });
});
