/** `holdfast:http:download`: a file in stretches, from the last checkpoint on. */
import type { FileHandle } from "node:fs/promises";
import { withPlainFields } from "#core/exact-json/plain-json.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import { type ActivityContext, type ActivityDefinition, ActivityError } from "../adapter.ts";
import { type FileRoot, fileFailure } from "../file/file-root.ts";
import { downloadManifest } from "./download-manifest.ts";
import type { HttpResponse } from "./exchange.ts";
import { type Call, follow, statusFailure, withDeadline } from "./http-call.ts";
import type { HttpLimits } from "./http-manifest.ts";
import { describe, type HttpRequest, requestOf } from "./http-request.ts";

/** Bytes of a stretch where the parameters do not say. */
export const stretchSizeDefault = 8_388_608;

/** So often a source may change while it is read. */
const changesMax = 3;

interface DownloadParameters {
  readonly url: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stretchBytes?: number;
  readonly timeoutSeconds?: number;
  readonly connectTimeoutSeconds?: number;
  readonly followRedirects?: number;
}

/** How far a download has come: its checkpoint. */
interface Progress {
  readonly url: string;
  readonly path: string;
  /** Bytes of the file that are on the disk. */
  readonly bytes: number;
  /** What tells that the source is still the same: a strong ETag or a Last-Modified. */
  readonly validator?: string;
}

/** What a stretch adds; `again`: the source is another one, begin anew. */
type Stretch =
  | { readonly kind: "read"; readonly body: Buffer; readonly isEnd: boolean }
  | { readonly kind: "again" };

/** A checkpoint of another download, or none, is no progress. */
const progressOf = (checkpoint: Json | undefined, { url, path }: DownloadParameters): Progress => {
  const none: Progress = { url, path, bytes: 0 };
  if (checkpoint === undefined || !isJsonObject(checkpoint)) return none;
  const found = checkpoint as unknown as Progress;
  return found.url === url && found.path === path ? found : none;
};

const validatorOf = ({ headers }: HttpResponse): string | undefined => {
  const { etag } = headers;
  return etag === undefined || etag.startsWith("W/") ? headers["last-modified"] : etag;
};

const contentRange = /^bytes (\d+)-(\d+)\/(\d+|\*)$/;

const partOf = (
  { response, where }: { readonly response: HttpResponse; readonly where: string },
  progress: Progress,
  stretchBytes: number,
): Stretch => {
  const [, from, to, total] = contentRange.exec(response.headers["content-range"] ?? "") ?? [];
  const { body } = response;
  if (Number(from) !== progress.bytes || Number(to) - Number(from) + 1 !== body.length)
    throw new ActivityError(
      "Http.BadResponse",
      `${where} was asked for what follows byte ${progress.bytes} and answered with another stretch`,
    );
  const isEnd =
    total === "*" ? body.length < stretchBytes : progress.bytes + body.length >= Number(total);
  return { kind: "read", body, isEnd };
};

/** What an answer means for the download. */
const stretchOf = (
  { request, response }: { readonly request: HttpRequest; readonly response: HttpResponse },
  progress: Progress,
  stretchBytes: number,
): Stretch => {
  const where = describe(request);
  if (response.status === 206) return partOf({ response, where }, progress, stretchBytes);
  if (response.status === 416) {
    const isAll = response.headers["content-range"] === `bytes */${progress.bytes}`;
    return isAll ? { kind: "read", body: Buffer.alloc(0), isEnd: true } : { kind: "again" };
  }
  if (response.status !== 200) throw statusFailure(request, response);
  // The source has changed, or can only be read as a whole.
  if (progress.bytes > 0) return { kind: "again" };
  if (response.isTruncated)
    throw new ActivityError(
      "Http.RangesNotSupported",
      `${where} answers as a whole only, with more than ${stretchBytes} bytes; raise "stretchBytes", or serve it with ranges`,
    );
  return { kind: "read", body: response.body, isEnd: true };
};

/** What an activity of this adapter works with. */
export interface DownloadOptions {
  readonly limits: HttpLimits;
  readonly dispatcher: () => Promise<Call["dispatcher"]>;
  readonly files: FileRoot;
}

class Download {
  readonly #options: DownloadOptions;
  readonly #parameters: DownloadParameters;
  readonly #context: ActivityContext;
  #progress: Progress;
  #changes = 0;

  constructor(options: DownloadOptions, parameters: DownloadParameters, context: ActivityContext) {
    this.#options = options;
    this.#parameters = parameters;
    this.#context = context;
    this.#progress = progressOf(context.checkpoint, parameters);
  }

  async run(): Promise<Json> {
    const { path, url } = this.#parameters;
    const { file, size } = await this.#options.files.open(path, "update");
    try {
      // Somebody has taken away what was there.
      if (size < this.#progress.bytes) this.#progress = { url, path, bytes: 0 };
      const resumedAtBytes = this.#progress.bytes;
      await file.truncate(resumedAtBytes);
      while (!(await this.#readOn(file))) {
        // One stretch after the other.
      }
      return { path, bytes: this.#progress.bytes, resumedAtBytes };
    } catch (thrown) {
      throw fileFailure(path, thrown);
    } finally {
      await file.close();
    }
  }

  /** Reads and keeps a stretch; answers whether it was the last. */
  async #readOn(file: FileHandle): Promise<boolean> {
    const { stretchBytes = stretchSizeDefault } = this.#parameters;
    const answer = await this.#ask(stretchBytes);
    const stretch = stretchOf(answer, this.#progress, stretchBytes);
    if (stretch.kind === "again") return await this.#beginAnew(file, describe(answer.request));
    const { body, isEnd } = stretch;
    const bytes = this.#progress.bytes + body.length;
    await writeAll(file, body, this.#progress.bytes);
    await file.datasync();
    const validator = validatorOf(answer.response);
    const { url, path } = this.#parameters;
    this.#progress = { url, path, bytes, ...(validator !== undefined && { validator }) };
    if (!isEnd) await this.#context.saveCheckpoint({ ...this.#progress });
    return isEnd;
  }

  #ask(stretchBytes: number) {
    const { url, headers, timeoutSeconds, connectTimeoutSeconds, followRedirects } =
      this.#parameters;
    const { limits } = this.#options;
    const { bytes, validator } = this.#progress;
    const parameters = {
      url,
      headers: {
        ...headers,
        range: `bytes=${bytes}-${bytes + stretchBytes - 1}`,
        ...(bytes > 0 && validator !== undefined && { "if-range": validator }),
      },
      maxResponseBytes: stretchBytes,
      failOnStatus: false,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      ...(connectTimeoutSeconds !== undefined && { connectTimeoutSeconds }),
      ...(followRedirects !== undefined && { followRedirects }),
    };
    const context = this.#context;
    const timeoutMs = 1000 * (timeoutSeconds ?? limits.timeoutSecondsDefault);
    const call = { parameters, limits, context, mayTruncate: () => true };
    return withDeadline(context, timeoutMs, async (signal) => {
      const dispatcher = await this.#options.dispatcher();
      const request = requestOf(parameters, context.idempotencyKey);
      return await follow({ ...call, dispatcher, signal }, request);
    });
  }

  async #beginAnew(file: FileHandle, where: string): Promise<false> {
    this.#changes += 1;
    if (this.#changes > changesMax)
      throw new ActivityError(
        "Http.SourceChanged",
        `${where} changed ${this.#changes} times while it was read`,
      );
    const { url, path } = this.#parameters;
    this.#progress = { url, path, bytes: 0 };
    await file.truncate(0);
    return false;
  }
}

const writeAll = async (file: FileHandle, body: Buffer, position: number): Promise<void> => {
  for (let done = 0; done < body.length; ) {
    const { bytesWritten } = await file.write(body, done, body.length - done, position + done);
    done += bytesWritten;
  }
};

/** The activity, with what it works with. */
export const download = (options: DownloadOptions): ActivityDefinition => ({
  ...downloadManifest(options.limits, stretchSizeDefault),
  run: (json, context) => {
    const parameters = withPlainFields(json) as unknown as DownloadParameters;
    return new Download(options, parameters, context).run();
  },
});
