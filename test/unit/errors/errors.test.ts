import { describe, expect, test } from "vitest";
import {
  assert,
  type ErrorCode,
  errorScopes,
  InvariantViolation,
  OrchestratorError,
  unreachable,
} from "#core/errors.ts";

describe("an error of Holdfast itself", () => {
  const scopeOf = (code: string) => new OrchestratorError(code as ErrorCode, "m").scope;

  test("may go away by itself where storage, a server or haste is at fault, and nowhere else", () => {
    const again = Object.keys(errorScopes).filter((code) => scopeOf(code) === "retry-call");
    expect(again.sort()).toEqual([
      "environment-key-unavailable",
      "issuer-unavailable",
      "server-stopping",
      "storage-full",
      "storage-unavailable",
      "too-many-calls",
    ]);
    expect(scopeOf("behaviour-unknown")).toBe("retry-invocation");
    for (const code of Object.keys(errorScopes))
      if (!again.includes(code) && code !== "behaviour-unknown")
        expect(scopeOf(code), code).toBe("fail-call");
  });

  test("says what happened, what to do, and what it came of", () => {
    const cause = new TypeError("below");
    const error = new OrchestratorError("input-invalid", "the input", {
      action: "send JSON",
      details: { at: 3 },
      cause,
    });
    expect(error).toMatchObject({
      name: "OrchestratorError",
      code: "input-invalid",
      message: "the input",
      action: "send JSON",
      details: { at: 3 },
    });
    expect(error.cause).toBe(cause);
    const bare = new OrchestratorError("not-found", "gone");
    expect(bare.action).toBeUndefined();
    expect(bare.details).toEqual({});
    expect("cause" in bare).toBe(false);
  });
});

test("what must not be is an error of its own", () => {
  expect(() => assert(true, "I1 holds")).not.toThrow();
  expect(() => assert(0, "I1 holds")).toThrow(new InvariantViolation("I1 holds"));
  expect(new InvariantViolation("I1").name).toBe("InvariantViolation");
  expect(() => unreachable({ a: 1 } as never)).toThrow('unexpected value {"a":1}');
});
