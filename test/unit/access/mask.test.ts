import { expect, test } from "vitest";
import { recorded } from "#access/audit/mask.ts";

test("what is named like a secret is not kept, however deep it lies", () => {
  const value = {
    name: "ci",
    token: "t",
    nested: [{ Password: "p", secretAccessKey: "s", "private-key": "k" }],
    headers: { Authorization: "Bearer x" },
  };
  expect(recorded(value)).toEqual({
    name: "ci",
    token: "***",
    nested: [{ Password: "***", secretAccessKey: "***", "private-key": "***" }],
    headers: { Authorization: "***" },
  });
});

test("what is large is kept as its hash", () => {
  const large = recorded({ text: "x".repeat(5_000) });
  expect(large).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), characters: 5_011 });
  expect(recorded({ text: "y".repeat(5_000) })).not.toEqual(large);
});
