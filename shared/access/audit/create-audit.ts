import type { Clock, Entropy } from "#ports/clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import type { Audit, AuditEntry, AuditedCall, AuditedOutcome, AuditKind } from "./audit.ts";
import { listAudit } from "./audit-list.ts";
import { AuditWriter } from "./audit-writer.ts";
import { auditBlocks } from "./block.ts";
import { denials } from "./denials.ts";
import { recorded } from "./mask.ts";
import { verifyAudit } from "./verify-audit.ts";

const kindOf = ({ status, code }: AuditedOutcome): AuditKind => {
  if (status === 403 || code === "forbidden") return "denied";
  return status < 400 ? "changed" : "failed";
};

const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const outcomeFields = ({ before, after, ...outcome }: AuditedOutcome) =>
  defined({
    ...outcome,
    before: before === undefined ? undefined : recorded(before),
    after: after === undefined ? undefined : recorded(after),
  });

/** The audit in the documents of an environment. */
export const createAudit = (options: {
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Name of this server. */
  readonly server: string;
  /** Told how many entries are lost, for the storage took nothing for long. */
  readonly onDropped: (count: number) => void;
  /** A function: it is not told when it ends. */
  readonly mayVanish?: boolean;
}): Audit => {
  const { clock, entropy, server, onDropped, mayVanish = false } = options;
  const blocks = auditBlocks(options.documents);
  const writer = new AuditWriter({ blocks, clock, onDropped });

  const entryOf = (
    call: AuditedCall,
    more: Pick<AuditEntry, "kind"> & Partial<AuditEntry>,
  ): AuditEntry =>
    defined({ entryId: entropy.hex(8), atMs: clock.nowMs(), server, ...call, ...more });

  const refused = denials({
    clock,
    mayVanish,
    write: ({ call, outcome, count }) =>
      writer.writeSoon(
        entryOf(call, { kind: "denied", ...outcomeFields(outcome), ...(count && { count }) }),
      ),
  });

  return {
    begin: async (call) => {
      const intent = entryOf(call, { kind: "begun" });
      await writer.write(intent);
      return (outcome) =>
        writer.writeSoon(
          entryOf(call, {
            of: intent.entryId,
            kind: kindOf(outcome),
            ...outcomeFields(outcome),
            object: outcome.object ?? call.object,
          }),
        );
    },
    denied: refused.add,
    flush: () => writer.flush(),
    list: async (query) => {
      await writer.flush();
      return listAudit(blocks, query);
    },
    verify: (range) => verifyAudit(blocks, range),
    close: async () => {
      refused.flush();
      await writer.close();
    },
  };
};
