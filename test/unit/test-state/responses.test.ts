import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import { responseFault } from "#core/test-state/check-response.ts";

/** A mode, the call of a service, a mocked result and what is said of it. */
const rows: readonly (readonly ["STRICT" | "PRESENT", string, Json, string])[] = readFileSync(
  new URL("responses.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

test.for(rows)("in mode %s %s answers %j: %s", ([mode, call, result, said]) => {
  expect(responseFault(`arn:aws:states:::${call}`, result, mode) ?? "fits").toBe(said);
});

test("only what is called through the service is compared", () => {
  const wrong = { StatusCode: "1" };
  for (const resource of [
    "holdfast:lambda:invoke",
    "arn:aws:lambda:eu-west-1:123456789012:function:f",
    "xarn:aws:states:::lambda:invoke",
    "arn:aws:states:::lambda:invoke:more",
  ])
    expect(responseFault(resource, wrong, "STRICT")).toBeUndefined();
  expect(responseFault("arn:aws-cn:states:r:1:lambda:invoke", wrong, "STRICT")).toBe(
    "Field 'StatusCode' must be a number",
  );
});
