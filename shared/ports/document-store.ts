import type { Json } from "#core/json.ts";

/** A stored document: one item of the catalog, a task, a setting. */
export interface StoredDocument {
  readonly collection: string;
  /** Unique in the collection; lists are in the order of its UTF-8 bytes. */
  readonly key: string;
  /** Counts the writes of this key, from 1. */
  readonly version: number;
  /** Second key to list by (for example `open#2026-11-23T...`); lists by index are in its byte order. */
  readonly index?: string;
  readonly value: Json;
}

/**
 * Small documents with conditional writes: processes, alerts, settings. Not on the hot path.
 *
 * One put is atomic and durable when it resolves; several are not a transaction. Reads of one key are
 * strongly consistent, lists may lag on AWS. Rejects with `storage-full` or `storage-unavailable`.
 */
export interface DocumentStore {
  readonly get: (collection: string, key: string) => Promise<StoredDocument | undefined>;
  /**
   * `expected`: the version that must be stored now, 0 for "none"; absent: any.
   * Answers the stored document, or `conflict` with what is there.
   */
  readonly put: (
    document: Omit<StoredDocument, "version">,
    options?: { readonly expected?: number },
  ) => Promise<
    | { readonly kind: "stored"; readonly document: StoredDocument }
    | { readonly kind: "conflict"; readonly found: StoredDocument | undefined }
  >;
  /** Documents whose key (or, with `by: "index"`, index) begins with `prefix`. `after` is the `next` of the page before. */
  readonly list: (
    collection: string,
    options: {
      readonly prefix?: string;
      readonly by?: "key" | "index";
      readonly order?: "ascending" | "descending";
      readonly limit: number;
      readonly after?: string;
    },
  ) => Promise<{
    readonly documents: readonly StoredDocument[];
    readonly next: string | undefined;
  }>;
  /**
   * Answers whether the key is gone, whoever removed it. False: `expected` was given and another version
   * is stored, which stays.
   */
  readonly remove: (
    collection: string,
    key: string,
    options?: { readonly expected?: number },
  ) => Promise<boolean>;
}
