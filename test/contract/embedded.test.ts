import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import { systemEntropy } from "#platforms/embedded/system-clock.ts";
import { everyContract } from "./every.contract.ts";

everyContract("embedded", (clock) => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-contract-"));
  const platform = openEmbeddedPlatform({ directory, clock, entropy: systemEntropy });
  return {
    platform,
    close: async () => {
      await platform.close();
      rmSync(directory, { recursive: true });
    },
  };
});
