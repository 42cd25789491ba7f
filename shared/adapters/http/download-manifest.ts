import type { JsonObject } from "#core/json.ts";
import type { ActivityDefinition } from "../adapter.ts";
import { type HttpLimits, hostOf } from "./http-manifest.ts";

const inputOf = (limits: HttpLimits, stretchSizeDefault: number): JsonObject => ({
  type: "object",
  properties: {
    url: { type: "string", description: "http: or https:, in full, without user and password." },
    path: {
      type: "string",
      minLength: 1,
      maxLength: 1_000,
      description: "Below the directory for files; parts are separated by a slash.",
    },
    headers: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Sent as they are. They appear in the history of the execution.",
    },
    stretchBytes: {
      type: "integer",
      minimum: 1,
      maximum: limits.responseSizeMax,
      default: stretchSizeDefault,
      description: "Bytes of a request. What a server can only send as a whole is no larger.",
    },
    timeoutSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: limits.timeoutSecondsMax,
      default: limits.timeoutSecondsDefault,
      description: "For each stretch. TimeoutSeconds of the state is for the whole.",
    },
    connectTimeoutSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: limits.connectTimeoutSecondsMax,
      default: limits.connectTimeoutSecondsDefault,
    },
    followRedirects: {
      type: "integer",
      minimum: 0,
      maximum: limits.redirectCountMax,
      default: 0,
    },
  },
  required: ["url", "path"],
  additionalProperties: false,
});

const output: JsonObject = {
  type: "object",
  properties: {
    path: { type: "string" },
    bytes: { type: "integer", description: "Of the file." },
    resumedAtBytes: { type: "integer", description: "Where the last attempt went on." },
  },
  required: ["path", "bytes", "resumedAtBytes"],
  additionalProperties: false,
};

const errors = {
  "States.Http.StatusCode.<status>": "The answer has this status.",
  "Http.RequestInvalid": "The parameters make no request. Nothing was sent.",
  "Http.AddressRefused": "The address may not be called. Nothing was sent.",
  "Http.NameNotResolved": "The host name has no address. Nothing was sent.",
  "Http.ConnectFailed": "There was no connection. Nothing was sent.",
  "Http.TlsFailed": "The certificate is not trusted, or no TLS was spoken. Nothing was sent.",
  "Http.ConnectionLost": "The connection broke while a stretch was read.",
  "Http.Timeout": "A stretch was not complete within timeoutSeconds.",
  "Http.BadResponse": "The answer is not valid HTTP, or not the stretch that was asked for.",
  "Http.TooManyRedirects": "There were more redirects than followRedirects.",
  "Http.RangesNotSupported": "The server sends it as a whole only, and it is too large for that.",
  "Http.SourceChanged": "The source changed again and again while it was read.",
  "Http.Aborted": "Nobody waits for the result any more.",
  "File.PathRefused": "The path leads out of the directory for files, over a link, or to no file.",
  "File.AccessFailed": "The system refused access to the file.",
  "File.StorageFull": "The disk is full; a retry goes on where it was.",
};

/** Everything that `holdfast:http:download` declares. */
export const downloadManifest = (
  limits: HttpLimits,
  stretchSizeDefault: number,
): Omit<ActivityDefinition, "run"> => ({
  title: "Download a file",
  description:
    "Reads a URL into a file of this environment, stretch by stretch. A restart or a retry goes on where the last stretch ended. The file is complete when the activity has succeeded.",
  input: inputOf(limits, stretchSizeDefault),
  output,
  flags: { readOnly: false, restartable: true, verifiable: false, resumable: true },
  target: hostOf,
  errors,
});
