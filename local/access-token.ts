import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { OrchestratorError } from "#core/errors.ts";

/** Name of the file in the data directory that holds the administrator's access token. */
export const tokenFileName = "admin.token";

const unreadable = (file: string, cause: Error): OrchestratorError =>
  new OrchestratorError("data-directory-invalid", `${file} cannot be read: ${cause.message}`, {
    action: "Move it away: then the next start makes a new access token.",
    cause,
  });

const tokenIn = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && error.code === "ENOENT") return "";
    throw unreadable(file, error);
  }
};

/** Only the whole token gets the file's name: a full disk or a crash must not leave an empty one. */
const writeToken = (file: string, token: string): void => {
  const partial = `${file}.new`;
  const descriptor = openSync(partial, "w", 0o600);
  try {
    writeSync(descriptor, `${token}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, file);
};

/** The administrator's access token of a data directory, if there is one. */
export const knownToken = (dataDirectory: string): string | undefined =>
  tokenIn(join(dataDirectory, tokenFileName)) || undefined;

/**
 * The administrator's access token of a data directory; made at the first start, and where the file
 * is empty, readable by its owner only. Whoever calls it has the directory to itself.
 */
export const accessToken = (
  dataDirectory: string,
): { readonly file: string; readonly token: string; readonly isNew: boolean } => {
  const file = join(dataDirectory, tokenFileName);
  const known = tokenIn(file);
  if (known !== "") return { file, token: known, isNew: false };
  const token = `hf_${randomBytes(24).toString("base64url")}`;
  writeToken(file, token);
  return { file, token, isNew: true };
};
