import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { OrchestratorError } from "#core/errors.ts";
import type { Sealing } from "#ports/sealing.ts";

const algorithm = "aes-256-gcm";
/** Bytes, as NIST SP 800-38D recommends for GCM. */
const nonceSize = 12;
const tagSize = 16;
/** Bytes of a key. */
export const sealingKeySize = 32;

/** What sealed texts begin with: another algorithm will begin otherwise. */
const version = "a1.";

const invalid = (cause?: unknown): OrchestratorError =>
  new OrchestratorError("seal-invalid", "a sealed value cannot be opened", {
    action: "put back the key that it was sealed with, or make the value anew",
    cause,
  });

/** Seals with AES-256-GCM under a key that is asked for when it is first needed. */
export const aesSealing = (keyOf: () => Uint8Array | Promise<Uint8Array>): Sealing => ({
  seal: async (plain, context) => {
    const nonce = randomBytes(nonceSize);
    const cipher = createCipheriv(algorithm, await keyOf(), nonce);
    cipher.setAAD(Buffer.from(context));
    const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
    return version + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url");
  },
  unseal: async (sealed, context) => {
    const bytes = Buffer.from(sealed.slice(version.length), "base64url");
    if (!sealed.startsWith(version) || bytes.length < nonceSize + tagSize) throw invalid();
    const key = await keyOf();
    try {
      const opening = createDecipheriv(algorithm, key, bytes.subarray(0, nonceSize), {
        authTagLength: tagSize,
      });
      opening.setAAD(Buffer.from(context));
      opening.setAuthTag(bytes.subarray(nonceSize, nonceSize + tagSize));
      const text = opening.update(bytes.subarray(nonceSize + tagSize));
      return Buffer.concat([text, opening.final()]).toString("utf8");
    } catch (error) {
      throw invalid(error);
    }
  },
});
