/**
 * The audit: every change and every denied call, in blocks that are chained by their hashes (ADR 17).
 *
 * I80 Block n is put where there is none and holds the hash of block n-1: there are no gaps and no forks,
 *     however many servers write.
 * I81 The intent of a change is durable before it is begun. An intent without an outcome says that its
 *     server ended in between: whether the change was made only its object knows.
 */

/** `begun`: a change is about to be made; `changed`, `failed`: what came of it; `denied`: it was not allowed. */
export type AuditKind = "begun" | "changed" | "failed" | "denied";

/** What is asked for, and by whom. */
export interface AuditedCall {
  /** `anonymous` where nobody knows. */
  readonly principal: string;
  /** Address of the caller. */
  readonly from?: string | undefined;
  /** Id of the operation. */
  readonly operation: string;
  /** What the path names, or what was made. */
  readonly object?: string | undefined;
  readonly requestId: string;
  /** Why, as the caller says. */
  readonly reason?: string | undefined;
}

/** What came of a call. */
export interface AuditedOutcome {
  readonly status: number;
  /** Of the problem, where there was one. */
  readonly code?: string | undefined;
  readonly object?: string | undefined;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** An entry of the audit. */
export interface AuditEntry extends AuditedCall {
  readonly entryId: string;
  readonly atMs: number;
  readonly kind: AuditKind;
  /** The server that says so. */
  readonly server: string;
  /** Id of the entry that began it. */
  readonly of?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly before?: unknown;
  readonly after?: unknown;
  /** So many of the same kind, since the last entry that says so. */
  readonly count?: number | undefined;
}

export interface AuditFilter {
  readonly principal?: string | undefined;
  readonly operation?: string | undefined;
  readonly object?: string | undefined;
  readonly kind?: AuditKind | undefined;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** A block by its number and hash: who notes one elsewhere can tell later whether it is still there. */
export interface AuditHead {
  /** 0: there is no block. */
  readonly number: number;
  readonly hash: string;
}

export interface VerifiedRange {
  readonly from: number;
  readonly limit: number;
  /** The hash that the first of them had when somebody noted it. */
  readonly expect?: string | undefined;
}

export interface Verification {
  /** The blocks that were looked at. */
  readonly from: number;
  readonly to: number;
  readonly entryCount: number;
  /** What is wrong, at most a few. */
  readonly problems: readonly { readonly number: number; readonly message: string }[];
  /** The last block that there is. */
  readonly head: AuditHead;
  /** Where to go on; absent: all was looked at. */
  readonly next: number | undefined;
}

export interface Audit {
  /**
   * Resolves when the intent is durable, with what tells the outcome, which is written soon after.
   * Rejects with `storage-*`: then the change must not be begun.
   */
  readonly begin: (call: AuditedCall) => Promise<(outcome: AuditedOutcome) => void>;
  /** Writes down a call that was not allowed: soon, and the same one again within a minute as a number only. */
  readonly denied: (call: AuditedCall, outcome: AuditedOutcome) => void;
  /** Newest first. `after` is the `next` of the page before. */
  readonly list: (
    query: AuditFilter & { readonly limit: number; readonly after?: string | undefined },
  ) => Promise<{ readonly entries: readonly AuditEntry[]; readonly next: string | undefined }>;
  /** Looks at the blocks from a number on, at most so many. */
  readonly verify: (range: VerifiedRange) => Promise<Verification>;
  /** Resolves when what was to be written soon is durable, or is to be tried again. */
  readonly flush: () => Promise<void>;
  /** Writes what is left, if the storage takes it. */
  readonly close: () => Promise<void>;
}
