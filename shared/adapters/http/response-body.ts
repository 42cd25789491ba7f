import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { type Json, parseJson } from "#core/json.ts";
import { ActivityError } from "../adapter.ts";
import type { HttpResponse } from "./exchange.ts";

const decoders: Readonly<
  Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** The error of a body that is larger than the request allows. */
export const tooLarge = (where: string, sizeMax: number): ActivityError =>
  new ActivityError(
    "Http.ResponseTooLarge",
    `${where} answered with more than ${sizeMax} bytes: ask for less, or raise "maxResponseBytes"`,
  );

const badResponse = (what: string, cause?: unknown): ActivityError =>
  new ActivityError("Http.BadResponse", what, { cause });

/**
 * The body without its content encoding. `identity` is asked for; some servers compress all the
 * same. What comes out counts against the limit, so a small bomb stays small.
 */
export const decompressed = async (
  response: HttpResponse,
  { where, sizeMax }: { readonly where: string; readonly sizeMax: number },
): Promise<Buffer> => {
  const encoding = (response.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "" || response.body.length === 0)
    return response.body;
  const decode = decoders[encoding];
  if (decode === undefined)
    throw badResponse(
      `${where} answered with the content encoding ${encoding}, though identity was asked for`,
    );
  try {
    return await decode(response.body, { maxOutputLength: sizeMax });
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge(where, sizeMax);
    throw badResponse(`${where} answered with broken ${encoding} data`, thrown);
  }
};

const decoderOf = (contentType: string): InstanceType<typeof TextDecoder> => {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return new TextDecoder("utf-8", { fatal: true });
  }
};

const isJson = (contentType: string): boolean =>
  /^\s*(application\/json|text\/json|[^;]*\+json)\s*(;|$)/i.test(contentType);

/** What a result shows of a body: JSON parsed, text as text, anything else in base64. */
export interface ReadableBody {
  readonly body: Json;
  readonly bodyEncoding?: "base64";
}

/** Throws `Http.BadResponse` if the body says that it is JSON and is not. */
export const readableBody = (body: Buffer, contentType: string, where: string): ReadableBody => {
  let text: string;
  try {
    text = decoderOf(contentType).decode(body);
  } catch {
    return { body: body.toString("base64"), bodyEncoding: "base64" };
  }
  if (!isJson(contentType)) return { body: text };
  if (text.trim() === "") return { body: null };
  try {
    return { body: parseJson(text) };
  } catch (thrown) {
    throw badResponse(
      `${where} says that its answer is JSON (content-type ${contentType}), but it is not`,
      thrown,
    );
  }
};
