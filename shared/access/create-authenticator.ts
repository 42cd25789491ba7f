import { timingSafeEqual } from "node:crypto";
import type { Sealing } from "#ports/sealing.ts";
import { administratorKeyId, isValid, keyPrincipal } from "./access-keys.ts";
import type { Assignment, AssignmentStore } from "./assignments.ts";
import {
  type Authenticate,
  bearerTokenOf,
  type CallerRequest,
  invalidToken,
  missingCredentials,
  type Refusal,
} from "./authenticator.ts";
import type { IssuerStore } from "./issuers.ts";
import type { KeyDocuments, StoredKey } from "./key-documents.ts";
import { hashOf, keyIn, sealContext } from "./key-token.ts";
import { keptCountMax } from "./limits.ts";
import { isPersonsToken, type Person, peopleOf } from "./people.ts";
import type { Grant } from "./permissions.ts";
import { administrator, type Principal, principalOf } from "./principal.ts";
import { claimedSignature, isSigned, isSignedWith } from "./signature.ts";

const invalidKey: Refusal = {
  refused: "invalid",
  detail: "The access key is not valid, or the signature is not one of it.",
};

const expiredKey: Refusal = { refused: "expired", detail: "The access key has expired." };

/** Of one length, whatever was offered: both are hashes. */
const isSameHash = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(a), Buffer.from(b));

const grantsOf = (all: readonly Assignment[], subjects: readonly string[]): readonly Grant[] =>
  all
    .filter(({ subject }) => subjects.includes(subject))
    .map(({ role, scope }) => ({ role, scope }));

const keyHolder = (key: StoredKey, all: readonly Assignment[]): Principal => {
  const id = keyPrincipal(key.name);
  const grants = key.keyId === administratorKeyId ? [administrator] : grantsOf(all, [id]);
  const { keyId, callsPerSecondMax } = key;
  return principalOf(id, grants, {
    keyId,
    ...(callsPerSecondMax !== undefined && { callsPerSecondMax }),
  });
};

/** Goes on at once where it is known: of a key in use everything is, on almost every call. */
const whenKnown = <T, R>(value: T | Promise<T>, goOn: (value: T) => R): R | Promise<Awaited<R>> =>
  value instanceof Promise ? (value.then(goOn) as Promise<Awaited<R>>) : goOn(value);

/** Principals by what they follow from: they are made anew when that is read anew. */
const principalMemory = () => {
  const known = new WeakMap<readonly Assignment[], WeakMap<object, Principal>>();
  return <W extends object>(
    all: readonly Assignment[],
    who: W,
    make: (who: W, all: readonly Assignment[]) => Principal,
  ): Principal => {
    // To put again what is there costs more than all the rest of a call's admission.
    const ofAll = known.get(all);
    const found = ofAll?.get(who);
    if (found !== undefined) return found;
    const principal = make(who, all);
    if (ofAll === undefined) known.set(all, new WeakMap([[who, principal]]));
    else ofAll.set(who, principal);
    return principal;
  };
};

/** Opens the secrets of keys, each once. */
const secretsOf = (sealing: Sealing) => {
  const known = new Map<string, string>();
  return async ({ keyId, sealedSecret }: StoredKey): Promise<string | undefined> => {
    if (sealedSecret === undefined) return undefined;
    const secret =
      known.get(sealedSecret) ?? (await sealing.unseal(sealedSecret, sealContext(keyId)));
    const [oldest] = known.size >= keptCountMax ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    known.set(sealedSecret, secret);
    return secret;
  };
};

/** Tells who calls, by access keys and by the tokens of people. */
export const createAuthenticator = (options: {
  readonly keys: KeyDocuments;
  readonly assignments: AssignmentStore;
  readonly issuers: IssuerStore;
  readonly sealing: Sealing;
  readonly nowMs: () => number;
}): Authenticate => {
  const { keys, assignments, nowMs } = options;
  const personOf = peopleOf({ issuers: options.issuers.find, nowMs });
  const secretOf = secretsOf(options.sealing);
  const remembered = principalMemory();

  /** Who holds a key whose secret was shown. */
  const holderOf = (key: StoredKey, invalid: Refusal) => {
    if (key.revokedAtMs !== undefined) return invalid;
    if (!isValid(key, nowMs())) return expiredKey;
    keys.used(key.keyId);
    return whenKnown(assignments.find(), (all) => remembered(all, key, keyHolder));
  };

  const byToken = (token: string) => {
    const { keyId, secret } = keyIn(token);
    const offered = hashOf(secret);
    return whenKnown(keys.find(keyId), (key) =>
      key !== undefined && isSameHash(key.secretHash, offered)
        ? holderOf(key, invalidToken)
        : invalidToken,
    );
  };

  const byPerson = async (token: string): Promise<Principal | Refusal> => {
    const found = await personOf(token);
    if ("refused" in found) return found;
    return remembered(await assignments.find(), found, ({ id, groups }: Person, all) =>
      principalOf(id, grantsOf(all, [id, ...groups]), { groups }),
    );
  };

  const bySignature = async (request: CallerRequest): Promise<Principal | Refusal> => {
    const claimed = claimedSignature(request.headers, nowMs());
    if ("refused" in claimed) return claimed;
    const key = await keys.find(claimed.keyId);
    const secret = key && (await secretOf(key));
    if (key === undefined || secret === undefined) return invalidKey;
    return (await isSignedWith(request, claimed, secret)) ? holderOf(key, invalidKey) : invalidKey;
  };

  return (request) => {
    const { headers } = request;
    if (!headers.has("authorization")) return missingCredentials;
    if (isSigned(headers)) return bySignature(request);
    const token = bearerTokenOf(headers);
    if (token === undefined) return invalidToken;
    return isPersonsToken(token) ? byPerson(token) : byToken(token);
  };
};
