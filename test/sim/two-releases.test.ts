/** Servers of two releases share one environment (G11): what one does not know, it leaves to the other. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const run = () => {
  const script = fileURLToPath(new URL("two-releases.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  return JSON.parse(stdout === "" ? `"${stderr}"` : stdout);
};

describe("a server of a release and one of the next", () => {
  const found = run();

  it("leave what the newer one has begun to the newer one, untouched", () => {
    expect(found.begunByNewer).toMatchObject({
      isUntouched: true,
      answer: "behaviour-unknown",
      lefts: 1,
      end: "SUCCEEDED",
    });
    expect(found.begunByNewer.tookMs).toBeLessThan(15_000);
  });

  it("leave it so as soon as the newer one has written a fact that the other does not know", () => {
    expect(found.factOfNewer).toEqual({
      isUntouched: true,
      answer: "behaviour-unknown",
      lefts: 1,
      end: "SUCCEEDED",
    });
  });

  it("share what the older one has begun", () => {
    expect(found.begunByOlder).toEqual({ end: "SUCCEEDED" });
  });
});
