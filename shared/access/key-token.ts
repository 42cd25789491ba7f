import { hash, randomBytes } from "node:crypto";
import { administratorKeyId } from "./access-keys.ts";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An id of a key: it looks like one of AWS, which its clients expect. */
export const newKeyId = (): string =>
  `HF${[...randomBytes(18)].map((byte) => base32[byte % 32]).join("")}`;

/** 240 random bits as 40 characters, the length that AWS clients know. */
export const newSecret = (): string => randomBytes(30).toString("base64url");

const issuedPattern = /^hf_(HF[A-Z2-7]{18})_([A-Za-z0-9_-]{40})$/;

/** The token that a key and its secret are. */
export const tokenOf = (keyId: string, secret: string): string => `hf_${keyId}_${secret}`;

/** Which key a token is of, and its secret; the administrator's is a secret as a whole. */
export const keyIn = (token: string): { readonly keyId: string; readonly secret: string } => {
  const [, keyId = administratorKeyId, secret = token] = issuedPattern.exec(token) ?? [];
  return { keyId, secret };
};

/** What is kept of a secret. It is as random as a hash, so that nothing slower is needed. */
export const hashOf = (secret: string): string => hash("sha256", secret, "hex");

/** What a sealed secret belongs to. */
export const sealContext = (keyId: string): string => `access-key:${keyId}`;
