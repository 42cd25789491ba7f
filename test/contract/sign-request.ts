import { createHash, createHmac } from "node:crypto";

/** In hex. */
export const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string) =>
  createHmac("sha256", key).update(data).digest();

/** What is signed; the rest is as most requests have it. */
export interface Signed {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  readonly atMs?: number;
  readonly region?: string;
  readonly service?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Not signed, though it is sent. */
  readonly open?: Readonly<Record<string, string>>;
}

/** AWS Signature Version 4 written out as the documentation of AWS has it, apart from any library. */
export const sign = (key: { keyId: string; secret: string }, host: string, request: Signed) => {
  const { method = "GET", path = "/v1/whoami", query = "", body = "" } = request;
  const { atMs = Date.now(), region = "eu-central-1", service = "states", open = {} } = request;
  const at = new Date(atMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = at.slice(0, 8);
  const headers: Record<string, string> = { host, "x-amz-date": at, ...request.headers };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"] ?? sha256(body),
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", at, scope, sha256(canonical)].join("\n");
  const signingKey = [region, service, "aws4_request"].reduce<Buffer>(
    (from, part) => hmac(from, part),
    hmac(`AWS4${key.secret}`, day),
  );
  const signature = hmac(signingKey, text).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.keyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const { host: _, ...sent } = headers;
  return { ...sent, ...open, authorization };
};
