/** People by the tokens of their issuers. */
import { hash } from "node:crypto";
import type { createRemoteJWKSet, JWTPayload } from "jose";
import { OrchestratorError } from "#core/errors.ts";
import { invalidToken, type Refusal } from "./authenticator.ts";
import type { Issuer } from "./issuers.ts";
import { issuerTimeoutMs, keptCountMax, verifiedAgeMsMax } from "./limits.ts";

/** A person as an issuer tells of it. */
export interface Person {
  /** `user:ISSUER/SUBJECT` */
  readonly id: string;
  /** `group:ISSUER/GROUP` */
  readonly groups: readonly string[];
}

/** Signatures with a public key: with a shared one whoever verifies could sign. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Groups of a token that count: more are no groups of people. */
const groupCountMax = 500;
const nameSizeMax = 256;

const expired: Refusal = { refused: "expired", detail: "The token has expired." };

/** Loaded with the first token that may be a person's: where there are no issuers none ever is. */
const loadJose = () => import("jose");

type Jose = Awaited<ReturnType<typeof loadJose>>;

/** Whether an error is about what the issuer answers when it is asked for its keys: that says nothing about the token. */
const isOfKeys = ({ JOSEError, JWKSInvalid, JWKSTimeout }: Jose["errors"], code: string): boolean =>
  [JOSEError.code, JWKSInvalid.code, JWKSTimeout.code].includes(code);

const unreachable = (issuer: Issuer, cause: unknown): OrchestratorError =>
  new OrchestratorError(
    "issuer-unavailable",
    `The keys of the issuer ${issuer.name} cannot be read at ${issuer.keysUrl}.`,
    { cause },
  );

const claimOf = (claims: JWTPayload, name: string): unknown =>
  Object.hasOwn(claims, name)
    ? claims[name]
    : name
        .split(".")
        .reduce<unknown>(
          (at, part) =>
            typeof at === "object" && at !== null && Object.hasOwn(at, part)
              ? (at as Record<string, unknown>)[part]
              : undefined,
          claims,
        );

const isName = (value: unknown): value is string =>
  typeof value === "string" && /^[^\p{Cc}]+$/u.test(value) && value.length <= nameSizeMax;

const personOf = (claims: JWTPayload, issuer: Issuer): Person | Refusal => {
  const subject = claimOf(claims, issuer.subjectClaim);
  if (!isName(subject)) {
    const detail = `The token does not say who it is of: it has no claim ${issuer.subjectClaim}.`;
    return { refused: "invalid", detail };
  }
  const given = claimOf(claims, issuer.groupsClaim) ?? [];
  const groups = (Array.isArray(given) ? given : [given]).filter(isName).slice(0, groupCountMax);
  return {
    id: `user:${issuer.name}/${subject}`,
    groups: groups.map((group) => `group:${issuer.name}/${group}`),
  };
};

const personsTokenPattern = /^[^.]*\.[^.]*\.[^.]*$/;

/** Whether a bearer token may be one of a person. */
export const isPersonsToken = (token: string): boolean => personsTokenPattern.test(token);

const issuerIn = (
  { decodeJwt }: Jose,
  token: string,
  issuers: readonly Issuer[],
): Issuer | undefined => {
  try {
    const { iss } = decodeJwt(token);
    return issuers.find(({ url }) => url === iss);
  } catch {
    // It is no token of anybody.
    return undefined;
  }
};

interface Verified {
  readonly person: Person;
  readonly issuer: Issuer;
  readonly untilMs: number;
}

/** Tells whose the token of a person is. */
export const peopleOf = (options: {
  readonly issuers: () => readonly Issuer[] | Promise<readonly Issuer[]>;
  readonly nowMs: () => number;
}): ((token: string) => Promise<Person | Refusal>) => {
  const { nowMs } = options;
  const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();
  const verified = new Map<string, Verified>();

  const keysOf = (jose: Jose, { keysUrl }: Issuer): ReturnType<typeof createRemoteJWKSet> => {
    const known =
      keySets.get(keysUrl) ??
      jose.createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: issuerTimeoutMs });
    keySets.set(keysUrl, known);
    return known;
  };

  const verify = async (
    jose: Jose,
    token: string,
    issuer: Issuer,
  ): Promise<JWTPayload | Refusal> => {
    const { jwtVerify, errors } = jose;
    try {
      const { payload } = await jwtVerify(token, keysOf(jose, issuer), {
        issuer: issuer.url,
        audience: [...issuer.audiences],
        algorithms,
        clockTolerance: issuer.clockToleranceSeconds,
        currentDate: new Date(nowMs()),
        requiredClaims: ["exp"],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return expired;
      if (!(error instanceof errors.JOSEError) || isOfKeys(errors, error.code))
        throw unreachable(issuer, error);
      return invalidToken;
    }
  };

  const keep = (digest: string, found: Verified): void => {
    const [oldest] = verified.size >= keptCountMax ? verified.keys() : [];
    if (oldest !== undefined) verified.delete(oldest);
    verified.set(digest, found);
  };

  return async (token) => {
    const issuers = await options.issuers();
    if (issuers.length === 0) return invalidToken;
    const jose = await loadJose();
    const issuer = issuerIn(jose, token, issuers);
    if (issuer === undefined) return invalidToken;
    const digest = hash("sha256", token, "base64url");
    const known = verified.get(digest);
    if (known?.issuer === issuer && nowMs() < known.untilMs) return known.person;
    const claims = await verify(jose, token, issuer);
    if ("refused" in claims) return claims as Refusal;
    const person = personOf(claims, issuer);
    if ("refused" in person) return person;
    const endsAtMs = ((claims.exp ?? 0) + issuer.clockToleranceSeconds) * 1000;
    keep(digest, { person, issuer, untilMs: Math.min(endsAtMs, nowMs() + verifiedAgeMsMax) });
    return person;
  };
};
