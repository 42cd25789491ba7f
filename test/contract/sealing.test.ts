import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { environmentKey, keyFileName } from "#local/environment-key.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { sealingContract } from "./sealing.contract.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

sealingContract("aes", () => {
  const [key, other] = [randomBytes(32), randomBytes(32)];
  return { sealing: aesSealing(() => key), another: aesSealing(() => other) };
});

test("the key of an environment is made when it is first needed, for its owner only, and once", () => {
  const directory = temporaryDirectory();
  const [one, other] = [environmentKey(directory), environmentKey(directory)];
  expect(readdirSync(directory)).toEqual([]);
  const key = one();
  expect(other()).toEqual(key);
  expect(environmentKey(directory)()).toEqual(key);
  expect(readdirSync(directory)).toEqual([keyFileName]);
  expect(statSync(join(directory, keyFileName)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(directory, keyFileName), "utf8").trim()).toHaveLength(43);
});

test("a file that is no key is never replaced by a new one", () => {
  for (const text of ["", "short", "x".repeat(100)]) {
    const directory = temporaryDirectory();
    const file = join(directory, keyFileName);
    writeFileSync(file, text);
    expect(() => environmentKey(directory)()).toThrow("is not a key of an environment");
    expect(readFileSync(file, "utf8")).toBe(text);
  }
  const directory = temporaryDirectory();
  mkdirSync(join(directory, keyFileName));
  expect(() => environmentKey(directory)()).toThrow("is not a key of an environment");
});
