import { hash, timingSafeEqual } from "node:crypto";

/** Tells whose a bearer token is; nothing if it is nobody's. */
export type Authenticate = (token: string) => { readonly principal: string } | undefined;

const digest = (token: string): Uint8Array => hash("sha256", token, "buffer");

/**
 * Accepts the given tokens. Digests are compared, every one of them and each in constant time, so
 * that the time of an answer says nothing about a token.
 */
export const bearerTokens = (
  keys: readonly { readonly principal: string; readonly token: string }[],
): Authenticate => {
  const accepted = keys.map(({ principal, token }) => ({ principal, digest: digest(token) }));
  return (token) => {
    const offered = digest(token);
    const found = accepted.filter((key) => timingSafeEqual(key.digest, offered))[0];
    return found && { principal: found.principal };
  };
};
