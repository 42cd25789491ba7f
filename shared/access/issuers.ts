import { OrchestratorError } from "#core/errors.ts";
import type { Json } from "#core/json.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import { Known } from "./known.ts";
import { issuerCountMax, issuerTimeoutMs } from "./limits.ts";

/** Who says who people are (OpenID Connect). */
export interface Issuer {
  /** 1 to 64 of A-Z a-z 0-9 - _ . ; a part of the ids of its people and groups. */
  readonly name: string;
  /** As its tokens say it in `iss`. */
  readonly url: string;
  /** One of these must stand in `aud`. */
  readonly audiences: readonly string[];
  /** Where its public keys are; found at the issuer where nobody says. */
  readonly keysUrl: string;
  /** The claim that holds a person's groups; dots lead into objects. */
  readonly groupsClaim: string;
  /** The claim that says who a person is. */
  readonly subjectClaim: string;
  readonly clockToleranceSeconds: number;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

/** The issuers that an environment trusts. All reject with `storage-*`. */
export interface Issuers {
  /** By name. */
  readonly list: () => Promise<readonly Issuer[]>;
  /** Rejects: `issuer-not-found`. */
  readonly get: (name: string) => Promise<Issuer>;
  /**
   * Takes the place of the one of its name, if there is one: `check` is told of it, and may throw. Rejects:
   * `issuer-invalid` (not reached, or no issuer).
   */
  readonly trust: (
    issuer: Omit<Issuer, "keysUrl" | "createdAtMs" | "createdBy"> & {
      readonly keysUrl?: string;
      readonly by: string;
    },
    check?: (found: Issuer | undefined) => void,
  ) => Promise<{ readonly issuer: Issuer; readonly before: Issuer | undefined }>;
  /** Answers what it was; `check` may throw. Rejects: `issuer-not-found`. */
  readonly distrust: (name: string, check?: (found: Issuer) => void) => Promise<Issuer>;
}

/** Key: name of the issuer. */
const collection = "issuers";

const issuerOf = ({ value }: StoredDocument): Issuer => value as unknown as Issuer;

const invalid = (url: string, why: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("issuer-invalid", `The issuer ${url} cannot be used: ${why}.`, { cause });

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Keys that come over a line that others can write on are nobody's. */
const mustBeSafe = (text: string): void => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalid(text, "it is no URL");
  const isSafe =
    url.protocol === "https:" || (url.protocol === "http:" && loopback.has(url.hostname));
  if (!isSafe) throw invalid(text, "only https is safe");
};

const discovered = async (url: string): Promise<string> => {
  const place = `${url.replace(/\/$/, "")}/.well-known/openid-configuration`;
  let found: { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  try {
    const signal = AbortSignal.timeout(issuerTimeoutMs);
    const answer = await fetch(place, { signal, redirect: "error" });
    found = (await answer.json()) as typeof found;
  } catch (error) {
    throw invalid(url, `${place} does not say what it is`, error);
  }
  if (found.issuer !== url) throw invalid(url, `${place} says that it is another`);
  if (typeof found.jwks_uri !== "string") throw invalid(url, `${place} names no keys`);
  return found.jwks_uri;
};

/** Issuers as documents; all of them are read at once and known for a moment. */
export const issuerStore = ({
  documents,
  nowMs,
}: {
  readonly documents: DocumentStore;
  readonly nowMs: () => number;
}) => {
  const read = async (): Promise<readonly Issuer[]> => {
    const found = await documents.list(collection, { limit: issuerCountMax });
    return found.documents.map(issuerOf);
  };
  const known = new Known(nowMs, read);
  const mustExist = async (name: string): Promise<StoredDocument> => {
    const found = await documents.get(collection, name);
    if (found !== undefined) return found;
    throw new OrchestratorError("issuer-not-found", `There is no issuer ${name}.`);
  };

  const issuers: Issuers = {
    list: read,

    get: async (name) => issuerOf(await mustExist(name)),

    trust: async ({ by, ...wanted }, check) => {
      mustBeSafe(wanted.url);
      const keysUrl = wanted.keysUrl ?? (await discovered(wanted.url));
      mustBeSafe(keysUrl);
      const others = (await read()).filter(({ name }) => name !== wanted.name);
      if (others.some(({ url }) => url === wanted.url))
        throw invalid(wanted.url, "it is trusted under another name");
      if (others.length >= issuerCountMax)
        throw invalid(wanted.url, `there are ${issuerCountMax} already`);
      const issuer = { ...wanted, keysUrl, createdAtMs: nowMs(), createdBy: by };
      const value = issuer as unknown as Json;
      for (;;) {
        const found = await documents.get(collection, wanted.name);
        const before = found && issuerOf(found);
        check?.(before);
        const put = await documents.put(
          { collection, key: wanted.name, value },
          { expected: found?.version ?? 0 },
        );
        known.forget(collection);
        if (put.kind === "stored") return { issuer, before };
      }
    },

    distrust: async (name, check) => {
      for (;;) {
        const found = await mustExist(name);
        const issuer = issuerOf(found);
        check?.(issuer);
        const isGone = await documents.remove(collection, name, { expected: found.version });
        known.forget(collection);
        if (isGone) return issuer;
      }
    },
  };
  return {
    ...issuers,
    /** All of them as they were a moment ago. */
    find: () => known.get(collection),
  };
};

export type IssuerStore = ReturnType<typeof issuerStore>;
