/** A new key, and the form of it that only who may unwrap can use. */
export interface WrappedKey {
  /** 32 random bytes; they are kept in memory only. */
  readonly key: Uint8Array;
  readonly wrapped: Uint8Array;
}

/**
 * Wraps keys with one that never leaves its place (KMS). What was wrapped for one environment cannot be
 * unwrapped for another. Rejects with `environment-key-unavailable`, which says what to do about it.
 */
export interface KeyWrapping {
  readonly makeKey: () => Promise<WrappedKey>;
  readonly unwrap: (wrapped: Uint8Array) => Promise<Uint8Array>;
}
