import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { world } from "../sim/world.ts";
import { script } from "./processes.ts";
import { type Recording, replay } from "./recording.ts";

const recordings = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".json"),
);

const read = (file: string): Recording =>
  JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8"));

/** Executions of that log alone: one whose child is in another log could only wait for it. */
const canGoOn = ({ after }: Recording, count: number): boolean =>
  Object.values(after[count - 1]?.state.activities ?? {}).every(
    ({ phase, resource }) =>
      phase !== "waitingForToken" || !resource.startsWith("holdfast:map-run"),
  );

/** How an execution ends that a server takes up after the first `count` records. */
const endAfter = async ({ definition, records }: Recording, count: number) => {
  const w = world({ definition, script });
  const visibleAtMs = w.clock.nowMs();
  await w.platform.journal.write([
    ...records.slice(0, count).map((record) => ({ kind: "AppendRecord" as const, record })),
    { kind: "Enqueue", itemId: "i", executionId: "p:x", visibleAtMs },
  ]);
  w.server();
  await w.run(() => w.hasEnded("p:x"));
  return endIn(await w.stateOf("p:x"));
};

const endIn = (state: Recording["after"][number]["state"] | undefined) => ({
  status: state?.status,
  output: state?.output,
  error: state?.error,
});

describe("a history that a released version wrote (G11)", () => {
  it("is there", () => expect(recordings.length).toBeGreaterThan(0));

  it.each(recordings)("%s leads to the same decisions and events", async (file) => {
    const recording = read(file);
    const after = await replay(recording.definition, recording.records);
    expect(JSON.parse(JSON.stringify(after))).toEqual(recording.after);
  });

  // What a crash had interrupted in those that were recorded with one would be restarted here.
  it.each(recordings.filter((file) => !file.includes("crashed")))(
    "%s goes on to the same end from every record",
    async (file) => {
      const recording = read(file);
      const wanted = endIn(recording.after.at(-1)?.state);
      for (let count = 1; count < recording.records.length; count += 1)
        if (canGoOn(recording, count))
          expect([count, await endAfter(recording, count)]).toEqual([count, wanted]);
    },
  );
});
