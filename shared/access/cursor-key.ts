import { randomBytes } from "node:crypto";
import type { DocumentStore } from "#ports/document-store.ts";
import { sealingKeySize } from "#vault/aes-sealing.ts";

const place = { collection: "settings", key: "cursors" };

interface StoredKey {
  readonly key: string;
}

const keyIn = (value: unknown): Uint8Array => Buffer.from((value as StoredKey).key, "base64url");

const readOrMake = async (documents: DocumentStore): Promise<Uint8Array> => {
  const found = await documents.get(place.collection, place.key);
  if (found !== undefined) return keyIn(found.value);
  const value = { key: randomBytes(sealingKeySize).toString("base64url") };
  const put = await documents.put({ ...place, value }, { expected: 0 });
  return keyIn(put.kind === "stored" ? value : put.found?.value);
};

/**
 * The key that the places of lists are sealed with, so that no store is ever handed one that it did not name, and nobody reads them.
 * The first server that needs it makes it, all others read it. Whoever can read the storage could forge places,
 * and gains nothing: so it is kept as it is, and a list costs no call of KMS.
 */
export const cursorKey = (documents: DocumentStore): (() => Promise<Uint8Array>) => {
  let known: Promise<Uint8Array> | undefined;
  return () => {
    known ??= readOrMake(documents).catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
};
