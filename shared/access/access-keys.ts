/** An access key, without its secret. */
export interface AccessKey {
  readonly keyId: string;
  /** Its principal is `key:NAME`; a key that was rotated has the name of the one before. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** From then on it is refused. */
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
  readonly revokedBy?: string;
  /** At most a minute behind. */
  readonly lastUsedAtMs?: number;
  /** Whether it can sign as AWS clients do: its secret is kept, sealed. */
  readonly isForAws: boolean;
  /** Calls a second that it may make; absent: as all others. */
  readonly callsPerSecondMax?: number;
}

/** A new key and its secret, which nobody is told again. */
export interface IssuedKey {
  readonly key: AccessKey;
  /** What AWS clients call the secret access key. */
  readonly secret: string;
  /** For `Authorization: Bearer`. */
  readonly token: string;
}

export interface NewKey {
  /** 1 to 64 of A-Z a-z 0-9 - _ . */
  readonly name: string;
  readonly by: string;
  readonly expiresAtMs?: number;
  readonly isForAws?: boolean;
  readonly callsPerSecondMax?: number;
}

/** The access keys of an environment. All reject with `storage-*`. */
export interface AccessKeys {
  /** Rejects: `access-key-name-taken`. */
  readonly create: (key: NewKey) => Promise<IssuedKey>;
  /** By name. */
  readonly list: () => Promise<readonly AccessKey[]>;
  /** Rejects: `access-key-not-found`. */
  readonly get: (keyId: string) => Promise<AccessKey>;
  /**
   * Makes a new key of the same name and kind, with its own expiry; the old one ends after `graceMs`.
   * `check` is told of the old one and may throw: then there is no new one. Rejects: `access-key-not-found`, `request-invalid` (it is revoked, or the administrator's).
   */
  readonly rotate: (
    keyId: string,
    options: {
      readonly by: string;
      readonly graceMs: number;
      readonly expiresAtMs?: number;
      readonly check?: (found: AccessKey) => void;
    },
  ) => Promise<IssuedKey>;
  /** Revoking a revoked key changes nothing; `check` may throw. Rejects: `access-key-not-found`. */
  readonly revoke: (
    keyId: string,
    by: string,
    check?: (found: AccessKey) => void,
  ) => Promise<AccessKey>;
}

/** The administrator's key, whose token the first start made. */
export const administratorKeyId = "admin";

/** Name of the administrator's key. */
export const administratorName = "admin";

/** What the calls of a key say who it is. */
export const keyPrincipal = (name: string): string => `key:${name}`;

/** Whether a key is taken at an instant. */
export const isValid = (
  { revokedAtMs, expiresAtMs }: Pick<AccessKey, "revokedAtMs" | "expiresAtMs">,
  nowMs: number,
): boolean => revokedAtMs === undefined && (expiresAtMs === undefined || nowMs < expiresAtMs);
