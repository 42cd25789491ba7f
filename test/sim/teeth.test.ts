/** Each deliberate bug is caught, from the seed on that caught it before: the engine may have changed since. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import kept from "./kept-seeds.json" with { type: "json" };
import { teeth } from "./teeth.ts";

/** Seeds tried after the kept one before the simulation counts as blind. */
const seedsMax = 20;

describe("the simulation", () => {
  it.each(teeth.map(({ name }) => name))("catches: %s", (name) => {
    const script = fileURLToPath(new URL("seeds.ts", import.meta.url));
    const from = String((kept.teeth as Record<string, number>)[name] ?? 0);
    const range = ["--from", from, "--seeds", String(seedsMax), "--tooth", name];
    const { stdout, stderr } = spawnSync(process.execPath, [script, ...range], {
      encoding: "utf8",
    });
    expect(stdout, stderr).toContain('"violation":{');
  });
});
