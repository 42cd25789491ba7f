import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";
import { withPlainFields } from "#core/exact-json/plain-json.ts";
import type { Json } from "#core/json.ts";
import type { ActivityContext, Adapter } from "../adapter.ts";
import type { FileRoot } from "../file/file-root.ts";
import { addressGuard } from "./address-guard.ts";
import { download } from "./download.ts";
import { type Call, failsOn, follow, sizeMaxOf, statusFailure, withDeadline } from "./http-call.ts";
import { type HttpLimits, type HttpParameters, httpManifest } from "./http-manifest.ts";
import { describe, requestOf } from "./http-request.ts";
import { decompressed, readableBody } from "./response-body.ts";

/** Of a request that takes longer than a Lambda may live nobody would learn the result. */
const limitsDefault: HttpLimits = {
  timeoutSecondsDefault: 30,
  timeoutSecondsMax: 900,
  connectTimeoutSecondsDefault: 10,
  connectTimeoutSecondsMax: 60,
  redirectCountMax: 10,
  responseSizeDefault: 1_048_576,
  responseSizeMax: 16_777_216,
};

/** The body is the user's, down to how its numbers are written. */
const isData = (field: string): boolean => field === "json";

const answer = async (call: Call): Promise<Json> => {
  const startedAt = performance.now();
  const { request, response } = await follow(
    call,
    requestOf(call.parameters, call.context.idempotencyKey),
  );
  const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
  if (failsOn(call, response.status)) throw statusFailure(request, response);
  const where = describe(request);
  const { status, headers, size } = response;
  if (call.parameters.discardBody === true)
    return { status, headers, body: null, bodyBytes: size, latencyMs, url: request.url.href };
  const body = await decompressed(response, { where, sizeMax: sizeMaxOf(call) });
  const readable = readableBody(body, headers["content-type"] ?? "", where);
  return { status, headers, ...readable, latencyMs, url: request.url.href };
};

export interface HttpAdapterOptions {
  /** More addresses that may not be called: CIDR ranges, or `loopback`, `private`. */
  readonly refuse?: readonly string[];
  /** Certificates (PEM) that are trusted beside the usual ones; there is no way to trust none or any. */
  readonly ca?: readonly string[];
  /** Finds the addresses of a name; the system's resolver by default. */
  readonly lookup?: LookupFunction;
  readonly limits?: Partial<HttpLimits>;
  /** Where downloads go; there are none without. */
  readonly files?: FileRoot;
}

/** Calls HTTP endpoints: `holdfast:http:request`, `holdfast:http:download`. `close` ends its connections and what still uses them. */
export const httpAdapter = (
  options: HttpAdapterOptions = {},
): Adapter & { readonly close: () => Promise<void> } => {
  const limits = { ...limitsDefault, ...options.limits };
  const isRefused = addressGuard(options.refuse ?? []);
  const open = async (): Promise<Dispatcher> => {
    const { openDispatcher } = await import("./dispatcher.ts");
    return openDispatcher({
      isRefused,
      lookup: options.lookup ?? systemLookup,
      ca: options.ca && [...getCACertificates("default"), ...options.ca],
      connectTimeoutMs: 1000 * limits.connectTimeoutSecondsMax,
    });
  };
  let opened: Promise<Dispatcher> | undefined;
  const dispatcher = (): Promise<Dispatcher> => {
    opened ??= open();
    return opened;
  };
  const run = (json: Json, context: ActivityContext): Promise<Json> => {
    const parameters = withPlainFields(json, isData) as unknown as HttpParameters;
    const timeoutMs = 1000 * (parameters.timeoutSeconds ?? limits.timeoutSecondsDefault);
    return withDeadline(context, timeoutMs, async (signal) =>
      answer({ parameters, limits, dispatcher: await dispatcher(), context, signal }),
    );
  };
  return {
    name: "http",
    description: "Calls HTTP endpoints.",
    activities: {
      request: { ...httpManifest(limits), run },
      ...(options.files !== undefined && {
        download: download({ limits, dispatcher, files: options.files }),
      }),
    },
    close: async () => (await opened)?.destroy(),
  };
};
