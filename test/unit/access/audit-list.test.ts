import { expect, test } from "vitest";
import { createAudit } from "#access/audit/create-audit.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";

/** An instant that has nothing to do with today. */
const nowMs = 1_000_000_000_000;

test("a list since an instant has what other servers wrote before an entry that is older", async () => {
  const { documents } = memoryPlatform({ clock: systemClock });
  const auditOf = (server: string, aheadMs: number) =>
    createAudit({
      documents,
      clock: { ...systemClock, nowMs: () => nowMs + aheadMs },
      entropy: systemEntropy,
      server,
      onDropped: () => {},
    });
  const call = { principal: "key:ann", operation: "x", requestId: "r" };
  await auditOf("prompt", 0).begin(call);
  // Its clock is behind, or it waited for the storage.
  const late = auditOf("late", -60_000);
  await late.begin(call);
  const { entries } = await late.list({ limit: 10, sinceMs: nowMs - 1_000 });
  expect(entries.map(({ server }) => server)).toEqual(["prompt"]);
});

test("a page that begins behind the last block is the first one", async () => {
  const { documents } = memoryPlatform({ clock: systemClock });
  const audit = createAudit({
    documents,
    clock: systemClock,
    entropy: systemEntropy,
    server: "a",
    onDropped: () => {},
  });
  await audit.begin({ principal: "key:ann", operation: "x", requestId: "r" });
  const { entries } = await audit.list({ limit: 10, after: "[1000000000000,0]" });
  expect(entries).toHaveLength(1);
});
