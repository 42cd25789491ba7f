import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { pathProblem } from "#core/asl/path-syntax.ts";
import { evaluateJsonata, jsonataSyntaxError } from "#core/expressions/jsonata-evaluator.ts";
import { parsePath } from "#core/expressions/jsonpath/parse-path.ts";
import { readPath } from "#core/expressions/jsonpath/read-path.ts";
import { BoundedRegExp, regexBound } from "#core/expressions/regular-expression.ts";
import { fc } from "../../fast-check.ts";
import { failureOf, scopeOf } from "./scope.ts";

// As the composition root does.
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");

const lengthMaxOf = (pattern: RegExp): number | undefined => {
  const bound = regexBound(pattern);
  return bound.kind === "bounded" ? bound.textLengthMax : undefined;
};

const anyPattern = (): fc.Arbitrary<string> => {
  const atom = fc.constantFrom("a", "b", "[ab]", ".", "a|b", "\\1", "(?=a)", "(?!b)", "\\w");
  const repeat = fc.constantFrom("", "*", "+", "?", "{2}", "{1,3}", "{0,30}", "{2,}", "+?");
  return fc.letrec<{ part: string }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(atom, repeat).map(([a, r]) => `(?:${a})${r}`),
      fc
        .tuple(fc.array(tie("part"), { minLength: 1, maxLength: 3 }), repeat)
        .map(([parts, r]) => `(${parts.join("")})${r}`),
    ),
  })).part;
};

describe("a regular expression", () => {
  it.each([
    /^(a+)+$/,
    /(a*)*b/g,
    /^(?:[a-z]+\s?)*$/m,
    /^(\w+\.)+[a-z]{2,6}$/,
    /(?<year>\d{4})-(?<month>\d\d)/,
    /[(?=]+(a|[\]()|])*/,
  ])("%s has no limit, since it is matched without backtracking", (pattern) => {
    expect(regexBound(pattern)).toEqual({ kind: "linear" });
  });

  it.each([
    /^(a+)+$/i,
    /^(?=a)(a+)+$/,
    /^(a+)+\1$/,
    /^(a|b|ab)*\1$/,
    /(?:(?:a?){20})+b/,
    /^(?:a?){30}a{30}$/,
    /(?<n>a*)*\k<n>/,
    /^(\p{L}+)+$/u,
  ])("%s is refused, since no length of the text would help", (pattern) => {
    expect(regexBound(pattern)).toMatchObject({
      kind: "refused",
      problem: expect.stringContaining("take for ever"),
    });
  });

  it.each<[RegExp, number]>([
    [/\B(?=(\d{3})+(?!\d))/g, 10_000],
    [/^(?=.*[A-Z])(?=.*\d)(?=.*\W).{8,}$/, 10_000],
    [/^[\w.+-]+@[\w-]+\.[a-z]{2,}$/i, 100],
    [/^\d{1,3}(\.\d{1,3}){3}$/i, 1_000],
    [/^[0-9a-f]{64}$/, 100_000],
    [/^(a|b)\1$/, 100_000],
  ])("%s takes texts of at least %d characters", (pattern, least) => {
    expect(lengthMaxOf(pattern)).toBeGreaterThanOrEqual(least);
  });

  it("that has no limit is one that V8 takes in linear time", () => {
    setFlagsFromString("--enable-experimental-regexp-engine");
    fc.assert(
      fc.property(anyPattern(), (source) => {
        const isLinear = regexBound(new RegExp(`^${source}$`)).kind === "linear";
        // V8 refuses the flag where it can only backtrack.
        if (isLinear) expect(() => new RegExp(`^${source}$`, "l")).not.toThrow();
      }),
      { numRuns: 2_000, examples: [["(((?:[ab])?((?:\\w)*){2,})+?){2,}"]] },
    );
  });

  it("takes no longer for its first match than for others", () => {
    const pattern = new BoundedRegExp(/^((?:\w){2,}(?:\w){0,30}){2}$/);
    const text = `${"a".repeat(lengthMaxOf(/^((?:\w){2,}(?:\w){0,30}){2}$/) ?? 0).slice(1)}!`;
    const [first = 0, ...others] = [1, 2, 3].map(() => {
      const before = process.cpuUsage().user;
      pattern.exec(text);
      return process.cpuUsage().user - before;
    });
    expect(first).toBeLessThan(4 * Math.max(...others));
  });

  it("that is let through never takes long, whatever it and the text are", () => {
    const flags = fc.constantFrom("", "i", "m", "g");
    fc.assert(
      fc.property(
        anyPattern(),
        flags,
        fc.integer({ min: 1, max: 5_000 }),
        (source, flag, length) => {
          const read = new RegExp(`^${source}$`, flag);
          const bound = regexBound(read);
          if (bound.kind === "refused") return;
          const most = bound.kind === "linear" ? length : Math.min(length, bound.textLengthMax);
          const before = process.cpuUsage().user;
          new BoundedRegExp(read).exec(`${"ab".repeat(most).slice(0, Math.max(0, most - 1))}!`);
          expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe("an expression with a regular expression", () => {
  const call = (expression: string, bindings: Record<string, unknown>) =>
    evaluateJsonata({
      expression,
      bindings,
      nowMs: 0,
      draw: () => 0,
      location: "Output",
      state: "S",
      enteredEventId: 2,
    });

  it("is matched in linear time where the pattern allows it", async () => {
    const text = `${"a".repeat(100_000)}!`;
    expect(await call("$contains($text, /^(a+)+$/)", { text })).toBe(false);
  });

  it("can not be read where the pattern may take for ever", () => {
    expect(jsonataSyntaxError("$match($x, /^(?=a)(a+)+$/)")).toContain("may take for ever");
    expect(jsonataSyntaxError("$x.($replace(y, /^(a+)+$/i, ''))")).toContain("may take for ever");
    expect(jsonataSyntaxError("$x / 2 / (3 + 1)")).toBeUndefined();
  });

  it("fails where the text is too long for the pattern", async () => {
    const separate = (text: string) =>
      call("$replace($text, /\\d(?=(\\d{3})+(?!\\d))/, '$0,')", { text });
    expect(await separate("1234567")).toBe("1,234,567");
    const failure = await failureOf(() => separate("1".repeat(1_000_000)));
    expect(failure.failure).toMatchObject({
      error: "States.QueryEvaluationError",
      cause: expect.stringContaining("characters, not 1000000"),
    });
  });
});

describe("a filter of a path", () => {
  it("with a regular expression is bounded likewise", async () => {
    expect(pathProblem("$[?(@.a =~ /(?=a)(a+)+b/)]")).toContain("may take for ever");
    const scope = scopeOf({ input: [{ a: "1".repeat(100_000_000 / 250) }, { a: "22" }] });
    expect(readPath("$[?(@.a =~ /2+/)]", scope)).toEqual([{ a: "22" }]);
    const failure = await failureOf(() => readPath("$[?(@.a =~ /1*(?=1)1*2/)]", scope));
    expect(failure.failure).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("characters, not 400000"),
    });
  });

  it("may be nested so far and no further, and says so instead of throwing", () => {
    const nested = (depth: number) => `$[?(${"(".repeat(depth)}@.a${")".repeat(depth)})]`;
    expect(parsePath(nested(50))).toHaveProperty("path");
    expect(parsePath(nested(100_000))).toMatchObject({
      error: { message: expect.stringContaining("nested") },
    });
    expect(parsePath(`$[?(${"!".repeat(100_000)}@.a)]`)).toHaveProperty("error");
    expect(parsePath(`${"$[?(@.a == ".repeat(100_000)}1`)).toHaveProperty("error");
  });
});
