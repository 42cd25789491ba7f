import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Recording, replay } from "./recording.ts";

const recordings = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".json"),
);

describe("a history that a released version wrote (G11)", () => {
  it("is there", () => expect(recordings.length).toBeGreaterThan(0));

  it.each(recordings)("%s leads to the same decisions and events", async (file) => {
    const recording: Recording = JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8"));
    const after = await replay(recording.definition, recording.records);
    expect(JSON.parse(JSON.stringify(after))).toEqual(recording.after);
  });
});
