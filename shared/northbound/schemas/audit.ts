import type { AuditEntry, Verification } from "#access/audit/audit.ts";
import type { Json } from "#core/json.ts";
import { z } from "../z.ts";
import { instant, instantOf, json, next, page } from "./shared.ts";

const kind = z.enum(["begun", "changed", "failed", "denied"]).openapi("AuditKind", {
  description:
    "`begun`: a change is about to be made; `changed`, `failed`: what came of it, `of` is the entry that began it; `denied`: it was not allowed.",
});

/** An entry of the audit. */
export const auditEntry = z
  .strictObject({
    entryId: z.string(),
    at: instant,
    kind,
    principal: z.string().openapi({ example: "user:corp/ann" }),
    from: z.string().optional().openapi({ description: "Address of the caller." }),
    operation: z.string().openapi({ example: "stopExecution" }),
    object: z.string().optional(),
    requestId: z.string(),
    reason: z.string().optional(),
    status: z.int().optional(),
    code: z.string().optional(),
    before: json.optional(),
    after: json.optional(),
    count: z
      .int()
      .optional()
      .openapi({ description: "So many more of the same, since the last entry that says so." }),
    of: z.string().optional(),
    server: z.string(),
  })
  .openapi("AuditEntry");

/** Query of the list. */
export const auditQuery = z.strictObject({
  principal: z.string().max(600).optional(),
  operation: z.string().max(100).optional(),
  object: z.string().max(600).optional(),
  kind: kind.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  ...page,
});

/** A page of entries. */
export const auditPage = z
  .strictObject({ entries: z.array(auditEntry), next })
  .openapi("AuditPage");

/** The most blocks that one call verifies: well within the time that a call has. */
export const verifiedBlocksMax = 10_000;

/** Query of a verification. */
export const verificationQuery = z.strictObject({
  from: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).default(1),
  limit: z.coerce.number().int().min(1).max(verifiedBlocksMax).default(verifiedBlocksMax),
  expect: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .openapi({ description: "The hash that the block `from` had when it was noted." }),
});

/** What was found of the chain. */
export const verification = z
  .strictObject({
    isIntact: z.boolean(),
    from: z.int().min(1),
    to: z.int().min(0),
    entryCount: z.int().min(0),
    problems: z.array(z.strictObject({ block: z.int(), message: z.string() })),
    head: z
      .strictObject({ block: z.int().min(0), hash: z.string() })
      .openapi({ description: "The last block: note it elsewhere, and ask for it later." }),
    next: z.int().optional().openapi({ description: "Where to go on, as `from`." }),
  })
  .openapi("AuditVerification");

/** An entry as the API shows it. */
export const auditEntryView = ({ atMs, before, after, ...entry }: AuditEntry) => ({
  ...entry,
  at: instantOf(atMs),
  before: before as Json | undefined,
  after: after as Json | undefined,
});

/** What was found, as the API shows it. */
export const verificationView = (found: Verification): z.infer<typeof verification> => ({
  isIntact: found.problems.length === 0,
  from: found.from,
  to: found.to,
  entryCount: found.entryCount,
  problems: found.problems.map(({ number, message }) => ({ block: number, message })),
  head: { block: found.head.number, hash: found.head.hash },
  next: found.next,
});
