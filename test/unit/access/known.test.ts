import { expect, test } from "vitest";
import { Known } from "#access/known.ts";

test("what was forgotten while it was being read is read again", async () => {
  let stored = "valid";
  let answer = () => {};
  const known = new Known(
    () => 0,
    async () => {
      const read = stored;
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return read;
    },
  );
  const before = known.get("key");
  stored = "revoked";
  known.forget("key");
  answer();
  expect(await before).toBe("valid");
  const after = known.get("key");
  answer();
  expect(await after).toBe("revoked");
});
