import { expect, test } from "vitest";
import { Known } from "#access/known.ts";

test("what was being read when it changed is not known afterwards", async () => {
  let stored = "valid";
  const reads: (() => void)[] = [];
  const known = new Known(
    () => 0,
    () => {
      const found = stored;
      return new Promise<string>((resolve) => reads.push(() => resolve(found)));
    },
  );
  const before = known.get("key");
  stored = "revoked";
  known.forget("key");
  reads.shift()?.();
  expect(await before).toBe("valid");
  const after = known.get("key");
  reads.shift()?.();
  expect(await after).toBe("revoked");
  expect(known.get("key")).toBe("revoked");
});

test("a value is read again once it is five seconds old", async () => {
  let nowMs = 0;
  let reads = 0;
  const known = new Known(
    () => nowMs,
    async () => {
      reads += 1;
      return reads;
    },
  );
  expect(await known.get("key")).toBe(1);
  nowMs = 4_999;
  expect(known.get("key")).toBe(1);
  nowMs = 5_000;
  expect(await known.get("key")).toBe(2);
});
