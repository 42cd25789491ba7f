import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Name of the file in the data directory that holds the administrator's access token. */
export const tokenFileName = "admin.token";

/**
 * The administrator's access token of a data directory; made at the first start, readable by its
 * owner only.
 */
export const accessToken = (
  dataDirectory: string,
): { readonly file: string; readonly token: string } => {
  const file = join(dataDirectory, tokenFileName);
  try {
    // Exclusive: an existing token is never replaced.
    const descriptor = openSync(file, "wx", 0o600);
    try {
      writeSync(descriptor, `hf_${randomBytes(24).toString("base64url")}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  return { file, token: readFileSync(file, "utf8").trim() };
};
