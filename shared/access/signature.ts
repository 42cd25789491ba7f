/** Signatures of AWS clients: AWS Signature Version 4. */
import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { CallerRequest, Refusal, RequestHeaders } from "./authenticator.ts";
import { signatureSkewMsMax } from "./limits.ts";

/** The service that a signature must be for: the one that AWS clients of Step Functions sign for. */
export const signedService = "states";

const pattern =
  /^AWS4-HMAC-SHA256 +Credential=([A-Za-z0-9]{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request *, *SignedHeaders=([a-z0-9;._-]{1,2048}) *, *Signature=([0-9a-f]{64})$/;

/** What the headers of a signed request say. */
export interface ClaimedSignature {
  readonly keyId: string;
  readonly region: string;
  /** In lower case. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly signedAt: Date;
}

/** Whether a request is signed rather than that it has a token. */
export const isSigned = (headers: RequestHeaders): boolean =>
  headers.get("authorization")?.startsWith("AWS4-") === true;

const refusal = (detail: string): Refusal => ({ refused: "invalid", detail });

const instantIn = (text: string): Date =>
  new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** Every header by which AWS clients say what they want must be signed; so must the host. */
const unsignedHeader = (headers: RequestHeaders, signed: readonly string[]): string | undefined =>
  ["host", ...[...headers.keys()].filter((name) => name.startsWith("x-amz-"))].find(
    (name) => !signed.includes(name),
  );

/** Reads what a request says of its signature; looks at no key and at no body. */
export const claimedSignature = (
  headers: RequestHeaders,
  nowMs: number,
): ClaimedSignature | Refusal => {
  const [, keyId, date, region, service, names, signature] =
    pattern.exec(headers.get("authorization") ?? "") ?? [];
  if (keyId === undefined || region === undefined || names === undefined || signature === undefined)
    return refusal("The signature is not one of AWS Signature Version 4.");
  if (service !== signedService)
    return refusal(`The signature is for the service ${service}, not for ${signedService}.`);
  if (headers.has("x-amz-security-token")) return refusal("There are no session tokens here.");
  const signedAt = instantIn(headers.get("x-amz-date") ?? "");
  if (Number.isNaN(signedAt.getTime()) || !headers.get("x-amz-date")?.startsWith(date ?? "-"))
    return refusal("The request does not say when it was signed, in X-Amz-Date.");
  if (Math.abs(signedAt.getTime() - nowMs) > signatureSkewMsMax) {
    const detail = `The request was signed at ${signedAt.toISOString()}, and it is ${new Date(nowMs).toISOString()}.`;
    return { refused: "skewed", detail };
  }
  const signedHeaders = names.split(";");
  const open = unsignedHeader(headers, signedHeaders);
  if (open !== undefined) return refusal(`The header ${open} is not signed.`);
  return { keyId, region, signedHeaders, signature, signedAt };
};

/** SHA-256 and its HMAC, as the signer asks for them. */
class Sha256 {
  readonly #secret: Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: unknown) {
    this.#secret = secret === undefined ? undefined : Buffer.from(secret as Uint8Array);
    this.#hash = this.#begun();
  }

  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begun();
  }

  #begun(): Hash | Hmac {
    return this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
  }
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A header that is there several times is signed as the values with commas between, as `Headers` has it. */
const signedPart = (headers: RequestHeaders, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );

const queryOf = ({ searchParams }: URL): Record<string, string | string[]> =>
  Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]),
  );

/** What the request's signature would be if `secret` had signed it. */
const expectedSignature = async (
  request: CallerRequest & { readonly body: Uint8Array },
  { keyId, region, signedHeaders, signedAt }: ClaimedSignature,
  secret: string,
): Promise<string> => {
  // The host is among the headers.
  const url = new URL(`http://localhost${request.target}`);
  const signer = new SignatureV4({
    service: signedService,
    region,
    sha256: Sha256,
    applyChecksum: false,
    credentials: { accessKeyId: keyId, secretAccessKey: secret },
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: signedPart(request.headers, signedHeaders),
      body: request.body,
    },
    { signingDate: signedAt, signableHeaders: new Set(signedHeaders) },
  );
  return signed.headers["authorization"]?.split("Signature=")[1] ?? "";
};

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Whether a request was signed with a secret. Reads the body. */
export const isSignedWith = async (
  request: CallerRequest,
  claimed: ClaimedSignature,
  secret: string,
): Promise<boolean> => {
  const body = await request.bytes();
  const said = request.headers.get("x-amz-content-sha256");
  if (said !== null && !isSame(said, hashOf(body))) return false;
  return isSame(await expectedSignature({ ...request, body }, claimed, secret), claimed.signature);
};
