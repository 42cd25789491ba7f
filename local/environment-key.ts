import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { OrchestratorError } from "#core/errors.ts";
import { sealingKeySize } from "#vault/aes-sealing.ts";

/** Name of the file in the data directory that holds the key of the environment. */
export const keyFileName = "environment.key";

const unusable = (file: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("data-directory-invalid", `${file} is not a key of an environment`, {
    action: "put back the file from a backup: what was sealed with it is lost without it",
    cause,
  });

const readKey = (file: string): Uint8Array | undefined => {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unusable(file, error);
  }
  const key = Buffer.from(text.trim(), "base64url");
  if (key.length !== sealingKeySize) throw unusable(file);
  return key;
};

/** Only a whole key gets the file's name, and only one of several servers that make it at once. */
const makeKey = (file: string): void => {
  const partial = `${file}.${randomBytes(4).toString("hex")}`;
  const descriptor = openSync(partial, "wx", 0o600);
  try {
    writeSync(descriptor, `${randomBytes(sealingKeySize).toString("base64url")}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(partial, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    unlinkSync(partial);
  }
};

/** The key of the environment in a data directory: made when it is first needed, readable by its owner only. */
export const environmentKey = (dataDirectory: string): (() => Uint8Array) => {
  const file = join(dataDirectory, keyFileName);
  let known: Uint8Array | undefined;
  return () => {
    known ??= readKey(file);
    if (known !== undefined) return known;
    makeKey(file);
    known = readKey(file);
    if (known === undefined) throw unusable(file);
    return known;
  };
};
