import { type Grant, Permissions } from "./permissions.ts";

/** Who calls. */
export interface Principal {
  /** `key:NAME`, `user:ISSUER/SUBJECT`; what `startedBy`, `deployedBy` and `by` say. */
  readonly id: string;
  readonly grants: readonly Grant[];
  readonly permissions: Permissions;
  /** A person's groups as `group:ISSUER/GROUP`; absent: none. */
  readonly groups?: readonly string[];
  /** Id of the access key by which it came, if it did. */
  readonly keyId?: string;
  /** Calls a second, where it has a limit of its own. */
  readonly callsPerSecondMax?: number;
}

export const principalOf = (
  id: string,
  grants: readonly Grant[],
  more: Omit<Principal, "id" | "grants" | "permissions"> = {},
): Principal => ({ id, grants, permissions: new Permissions(id, grants), ...more });

/** Whoever calls what needs nobody. */
export const anonymous: Principal = principalOf("anonymous", []);

/** Everything, everywhere. */
export const administrator: Grant = { role: "Administrator", scope: { kind: "all" } };
