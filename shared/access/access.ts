import type { Clock } from "#ports/clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import type { Sealing } from "#ports/sealing.ts";
import { accessKeyStore, keepAdministrator } from "./access-key-store.ts";
import { type AccessKeys, administratorName, isValid, keyPrincipal } from "./access-keys.ts";
import { type Assignments, assignmentStore } from "./assignments.ts";
import type { Audit } from "./audit/audit.ts";
import type { Authenticate } from "./authenticator.ts";
import { createAuthenticator } from "./create-authenticator.ts";
import { cursorKey } from "./cursor-key.ts";
import { type Issuers, issuerStore } from "./issuers.ts";
import { KeyDocuments } from "./key-documents.ts";

/** Who may do what in an environment. */
export interface Access {
  readonly keys: AccessKeys;
  readonly assignments: Assignments;
  readonly issuers: Issuers;
  readonly authenticate: Authenticate;
  /** Makes the token that the environment's owner holds the one of `key:admin`; the audit is told where it was another. */
  readonly keepAdministrator: (token: string, audit?: Pick<Audit, "begin">) => Promise<void>;
  /** What the places of lists are sealed with. */
  readonly cursorKey: () => Promise<Uint8Array>;
  /** Whether anybody but `key:admin` can administer. */
  readonly isHandedOver: () => Promise<boolean>;
}

/** Whether a subject is a person or a group of an issuer. */
const isOf = (issuer: string, subject: string): boolean =>
  subject.startsWith(`user:${issuer}/`) || subject.startsWith(`group:${issuer}/`);

/** Access by the documents of an environment. */
export const createAccess = (options: {
  readonly documents: DocumentStore;
  readonly clock: Pick<Clock, "nowMs">;
  readonly sealing: Sealing;
}): Access => {
  const { documents, sealing } = options;
  const { nowMs } = options.clock;
  const kept = new KeyDocuments(documents, nowMs);
  const keys = accessKeyStore({ documents: kept, nowMs, sealing });
  const assignments = assignmentStore({ documents, nowMs });
  const issuers = issuerStore({ documents, nowMs });

  const isHandedOver = async (): Promise<boolean> => {
    const subjects = (await assignments.find())
      .filter(({ role, scope }) => role === "Administrator" && scope.kind === "all")
      .map(({ subject }) => subject);
    if (subjects.length === 0) return false;
    const trusted = (await issuers.find()).map(({ name }) => name);
    if (trusted.some((name) => subjects.some((subject) => isOf(name, subject)))) return true;
    const valid = (await kept.list()).filter(
      (key) => key.name !== administratorName && isValid(key, nowMs()),
    );
    return valid.some(({ name }) => subjects.includes(keyPrincipal(name)));
  };

  return {
    keys,
    assignments,
    issuers,
    authenticate: createAuthenticator({ keys: kept, assignments, issuers, sealing, nowMs }),
    keepAdministrator: (token, audit) => keepAdministrator(kept, token, { nowMs: nowMs(), audit }),
    cursorKey: cursorKey(documents),
    isHandedOver,
  };
};
