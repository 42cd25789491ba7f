import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory of its own for one test, gone after it. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-contract-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};
