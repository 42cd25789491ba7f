import { type Access, createAccess } from "#access/access.ts";
import type { Audit } from "#access/audit/audit.ts";
import { createAudit } from "#access/audit/create-audit.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { environmentKey } from "./environment-key.ts";
import type { LogLine } from "./log.ts";

/** Who may do what in the environment of a data directory. */
export const embeddedAccess = (dataDirectory: string, documents: DocumentStore): Access =>
  createAccess({
    documents,
    clock: systemClock,
    sealing: aesSealing(environmentKey(dataDirectory)),
  });

/** What was done there, and by whom. */
export const embeddedAudit = (options: {
  readonly documents: DocumentStore;
  /** Name of this server. */
  readonly server: string;
  readonly log: (entry: LogLine) => void;
}): Audit => {
  const { documents, server, log } = options;
  return createAudit({
    documents,
    clock: systemClock,
    entropy: systemEntropy,
    server,
    onDropped: (count) =>
      log({ severity: "error", message: `${count} entries of the audit could not be written` }),
  });
};

/** Tells operators, once, that nobody but the holder of the administrator's token can administer. */
export const tellIfAlone = async (
  access: Access,
  report: (event: SystemEvent) => void,
): Promise<boolean> => {
  const isAlone = !(await access.isHandedOver());
  if (isAlone)
    report({
      severity: "warning",
      kind: "administrator-alone",
      message:
        "only the token of admin.token can administer; give somebody the role Administrator: holdfast keys create NAME --role Administrator",
      key: "administrator-alone",
    });
  return isAlone;
};
