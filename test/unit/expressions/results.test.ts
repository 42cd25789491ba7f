import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { drive } from "#core/expressions/drive.ts";
import { evaluateIntrinsic } from "#core/expressions/intrinsics/evaluate-intrinsic.ts";
import { evaluateTemplate } from "#core/expressions/jsonata-template.ts";
import { parsePath } from "#core/expressions/jsonpath/parse-path.ts";
import { tryReadPath } from "#core/expressions/jsonpath/read-path.ts";
import { placeAt } from "#core/expressions/reference-path.ts";
import { regexBound } from "#core/expressions/regular-expression.ts";
import { matchesPattern } from "#core/expressions/string-pattern.ts";
import { StateFailed } from "#core/failure.ts";
import { type Json, parseJson, printJson } from "#core/json.ts";
import { valueAtPointer } from "#core/map-run/json-pointer.ts";
import { prefix, scopeOf } from "./scope.ts";

type Kind = "jsonata" | "place" | "intrinsic" | "path" | "pattern" | "pointer" | "expression";

/** What is evaluated, and what comes of it as text; failures begin with "!". */
const rows: readonly (readonly [Kind, string, string])[] = readFileSync(
  new URL("results.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const scope = scopeOf({
  input: parseJson(
    '{"s":"x","n":2.5,"list":[1,2,3,2,1],"o":{"a":1,"b":[true,null,"t"]},"big":12345678901234567890}',
  ),
  context: { a: 1 },
});

const store = scopeOf({
  input: parseJson(
    `{"book":[{"t":"Sayings","p":8.95,"g":["a","b"],"i":null},{"t":"Sword","p":12.99,"g":[]},
      {"t":"Moby","p":9.0,"g":["b"]}],"bike":{"color":"red","p":19.95},"limit":10,"n":"9.0","e":{},
      "deep":[[1,2],[3]],"nums":[3,1,2],"mixed":[1,"a",true],"q's":1,"a.b":2,"":3}`,
  ),
  context: { x: [1, 2] },
  variables: { v: "Sword", l: ["a"] },
});

const pointed: Json = {
  "": "empty",
  a: ["x", "y"],
  "b/c": 1,
  "d~e": 2,
  f: { g: { h: null } },
  n: null,
};

const printed = (value: Json | undefined): string =>
  value === undefined ? "undefined" : printJson(value);

const failed = (thrown: unknown): string => {
  if (!(thrown instanceof StateFailed)) throw thrown;
  const { error, cause } = thrown.failure;
  return `! ${error}: ${cause?.replace(prefix, "")}`;
};

const called = (call: string): string => {
  try {
    return printed(evaluateIntrinsic(call, scope));
  } catch (thrown) {
    return failed(thrown);
  }
};

const queried = scopeOf({
  input: parseJson(
    '{"n":2,"list":[1,2,3],"one":[5],"o":{"a":1},"s":"text","nothing":null,"big":12345678901234567890}',
  ),
  variables: { v: 1 },
});

const query = async (expression: string): Promise<string> => {
  try {
    return printed(await drive(evaluateTemplate(`{% ${expression} %}`, queried, "Output")));
  } catch (thrown) {
    return failed(thrown);
  }
};

const placed = (given: string): string => {
  const [path = "", result = ""] = given.split(" = ");
  try {
    const { input } = queried;
    return printed(placeAt({ path, input, result: parseJson(result), scope: queried }));
  } catch (thrown) {
    return failed(thrown);
  }
};

const read = (path: string): string => {
  const parsed = parsePath(path);
  return "error" in parsed
    ? `! ${parsed.error.message} at ${parsed.error.position}`
    : printed(tryReadPath(path, store));
};

const matched = (given: string): string => {
  const [text = "", pattern = ""] = given.split(" ~ ");
  return String(matchesPattern(text, pattern));
};

const bounded = (given: string): string => {
  const end = given.lastIndexOf("/");
  const bound = regexBound(new RegExp(given.slice(1, end), given.slice(end + 1)));
  if (bound.kind === "refused") return bound.problem;
  return bound.kind === "linear" ? "linear" : `at most ${bound.textLengthMax} characters`;
};

const evaluate: Readonly<Record<Kind, (given: string) => string | Promise<string>>> = {
  jsonata: query,
  place: placed,
  intrinsic: called,
  path: read,
  pattern: matched,
  pointer: (pointer) => printed(valueAtPointer(pointed, pointer)),
  expression: bounded,
};

const titles: Readonly<Record<Kind, string>> = {
  jsonata: "a JSONata expression",
  place: "ResultPath and the result that is put there",
  intrinsic: "an intrinsic function",
  path: "a path",
  pattern: "a text and the pattern of StringMatches",
  pointer: "a JSON pointer",
  expression: "a regular expression and the length of what it is matched with",
};

describe.each(Object.entries(titles))("%s", (kind, title) => {
  test.each(rows.filter((row) => row[0] === kind))(
    `${title}: %s %s gives %s`,
    async (...[of, given, expected]) => {
      expect(await evaluate[of](given)).toBe(expected);
    },
  );
});
