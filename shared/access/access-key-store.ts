import { OrchestratorError } from "#core/errors.ts";
import type { Sealing } from "#ports/sealing.ts";
import {
  type AccessKey,
  type AccessKeys,
  administratorKeyId,
  administratorName,
  type IssuedKey,
  isValid,
  type NewKey,
} from "./access-keys.ts";
import type { Audit } from "./audit/audit.ts";
import { type KeyDocuments, keyNameTaken, type StoredKey, shownKey } from "./key-documents.ts";
import { hashOf, newKeyId, newSecret, sealContext, tokenOf } from "./key-token.ts";

const refused = (why: string, action: string): OrchestratorError =>
  new OrchestratorError("request-invalid", why, { action });

const byName = (a: AccessKey, b: AccessKey): number => {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.createdAtMs - b.createdAtMs;
};

const mustBeRotatable = (key: StoredKey, nowMs: number): void => {
  if (key.keyId === administratorKeyId)
    throw refused(
      "The token of the administrator's key is not made here.",
      "Delete the file admin.token of the data directory and restart a server, or change the secret that holds it.",
    );
  if (!isValid(key, nowMs))
    throw refused(
      `The access key ${key.keyId} is revoked or has expired.`,
      "Create a key of another name.",
    );
};

/** Access keys, kept in documents. */
export const accessKeyStore = (options: {
  readonly documents: KeyDocuments;
  readonly nowMs: () => number;
  readonly sealing: Sealing;
}): AccessKeys => {
  const { documents, nowMs, sealing } = options;

  const issue = async ({ by, ...wanted }: NewKey, keyId: string): Promise<IssuedKey> => {
    const secret = newSecret();
    const isForAws = wanted.isForAws === true;
    const stored: StoredKey = {
      ...wanted,
      keyId,
      createdAtMs: nowMs(),
      createdBy: by,
      isForAws,
      secretHash: hashOf(secret),
      ...(isForAws && { sealedSecret: await sealing.seal(secret, sealContext(keyId)) }),
    };
    await documents.change(keyId, () => stored);
    return { key: shownKey(stored), secret, token: tokenOf(keyId, secret) };
  };

  const shown = async (key: StoredKey): Promise<AccessKey> => {
    const lastUsedAtMs = await documents.lastUsedAtMs(key.keyId);
    return { ...shownKey(key), ...(lastUsedAtMs !== undefined && { lastUsedAtMs }) };
  };

  const revoke = (keyId: string, by: string, check?: (found: AccessKey) => void) =>
    documents.change(keyId, (key) => {
      if (key === undefined) return key;
      check?.(shownKey(key));
      return key.revokedAtMs !== undefined ? key : { ...key, revokedAtMs: nowMs(), revokedBy: by };
    });

  return {
    create: async (wanted) => {
      if (wanted.name === administratorName) throw keyNameTaken(wanted.name);
      const keyId = newKeyId();
      await documents.takeName(wanted.name, keyId);
      return issue(wanted, keyId);
    },

    list: async () => (await Promise.all((await documents.list()).map(shown))).sort(byName),

    get: async (keyId) => shown(await documents.mustExist(keyId)),

    rotate: async (keyId, { by, graceMs, expiresAtMs, check }) => {
      const old = await documents.mustExist(keyId);
      check?.(shownKey(old));
      mustBeRotatable(old, nowMs());
      const { name, isForAws, callsPerSecondMax } = old;
      const like = { name, isForAws, by, ...(callsPerSecondMax && { callsPerSecondMax }) };
      const wanted = expiresAtMs === undefined ? like : { ...like, expiresAtMs };
      const issued = await issue(wanted, newKeyId());
      const endsAtMs = nowMs() + graceMs;
      try {
        await documents.change(keyId, (key) => {
          if (key === undefined) return key;
          check?.(shownKey(key));
          return { ...key, expiresAtMs: Math.min(key.expiresAtMs ?? endsAtMs, endsAtMs) };
        });
      } catch (error) {
        // Somebody else was faster with the old one: nobody has been told of the new one.
        await revoke(issued.key.keyId, by);
        throw error;
      }
      return issued;
    },

    revoke: async (keyId, by, check) => shown(await revoke(keyId, by, check)),
  };
};

/** Who makes the administrator's key: the start that reads its token. */
const byStart = "start";

/**
 * Makes the token of the administrator's file the secret of the administrator's key. A key that was
 * revoked stays so until the file has another token. That it takes the place of another is audited.
 */
export const keepAdministrator = async (
  documents: KeyDocuments,
  token: string,
  { nowMs, audit }: { readonly nowMs: number; readonly audit?: Pick<Audit, "begin"> | undefined },
): Promise<void> => {
  const secretHash = hashOf(token);
  const before = await documents.read(administratorKeyId);
  if (before?.secretHash === secretHash) return;
  const done =
    before &&
    (await audit?.begin({
      principal: byStart,
      operation: "replaceAdministratorToken",
      object: administratorKeyId,
      requestId: byStart,
    }));
  await documents.change(administratorKeyId, (key) =>
    key?.secretHash === secretHash
      ? key
      : {
          keyId: administratorKeyId,
          name: administratorName,
          createdAtMs: nowMs,
          createdBy: byStart,
          isForAws: false,
          secretHash,
        },
  );
  done?.({ status: 200 });
};
