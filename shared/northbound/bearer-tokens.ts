import { hash, timingSafeEqual } from "node:crypto";
import {
  type Authenticate,
  bearerTokenIn,
  invalidToken,
  missingCredentials,
} from "#access/authenticator.ts";
import type { Grant } from "#access/permissions.ts";
import { administrator, principalOf } from "#access/principal.ts";

const digest = (token: string): Uint8Array => hash("sha256", token, "buffer");

/**
 * Accepts the given tokens; an administrator's where nothing else is granted. Digests are compared,
 * every one of them and each in constant time, so that the time of an answer says nothing about a token.
 */
export const bearerTokens = (
  keys: readonly {
    readonly principal: string;
    readonly token: string;
    readonly grants?: readonly Grant[];
  }[],
): Authenticate => {
  const accepted = keys.map(({ principal, token, grants = [administrator] }) => ({
    principal: principalOf(principal, grants),
    digest: digest(token),
  }));
  return ({ headers }) => {
    if (!headers.has("authorization")) return missingCredentials;
    const offered = digest(bearerTokenIn(headers.get("authorization") ?? "") ?? "");
    const found = accepted.filter((key) => timingSafeEqual(key.digest, offered))[0];
    return found?.principal ?? invalidToken;
  };
};
