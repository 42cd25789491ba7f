import type { Principal } from "./principal.ts";

/** Headers by their names in lower case; what came several times is joined by commas. */
export type RequestHeaders = Pick<Headers, "get" | "has" | "keys">;

/** A request, as far as it says who sends it. */
export interface CallerRequest {
  readonly method: string;
  /** Path and query, from the first slash on. */
  readonly target: string;
  readonly headers: RequestHeaders;
  /** Address of the caller; absent: it is not known here. */
  readonly from?: string | undefined;
  /** The body, within its limit; asked for only where a signature is over it. */
  readonly bytes: () => Promise<Uint8Array>;
}

/**
 * Why a request is nobody's: `missing` credentials; `invalid` ones, or of a key that is revoked; `expired`;
 * `skewed`: signed at another time than this; `throttled`: too many of that address have failed.
 */
export interface Refusal {
  readonly refused: "missing" | "invalid" | "expired" | "skewed" | "throttled";
  /** A sentence for the caller. */
  readonly detail: string;
}

/** Tells who sends a request. Rejects with `storage-*`, and with what `bytes` rejects with. */
export type Authenticate = (
  request: CallerRequest,
) => Principal | Refusal | Promise<Principal | Refusal>;

/** Nobody sends it. */
export const missingCredentials: Refusal = {
  refused: "missing",
  detail: "The request has no access token.",
};

/** What was sent is no valid access token. */
export const invalidToken: Refusal = { refused: "invalid", detail: "The token is not valid." };

const bearerPattern = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i;

/** The bearer token of a request; `undefined` where it has no header or it says something else. */
export const bearerTokenOf = (headers: RequestHeaders): string | undefined => {
  const header = headers.get("authorization");
  return header === null ? undefined : bearerPattern.exec(header)?.[1];
};
