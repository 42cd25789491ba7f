import { ActivityError } from "../adapter.ts";
import type { Break, Phase } from "./exchange.ts";
import { tooLarge } from "./response-body.ts";

interface Where {
  /** Method and URL. */
  readonly where: string;
  readonly phase: Phase;
  readonly bodySizeMax: number;
  readonly connectTimeoutMs: number;
}

interface Fault {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  /** Set by the operating system's calls. */
  readonly isSystem: boolean;
}

/** The innermost cause: undici and Node wrap what several addresses gave. */
const faultOf = (error: Error): Fault => {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  if (first instanceof Error) return faultOf(first);
  const { code, syscall, reason } = error as NodeJS.ErrnoException & { readonly reason?: string };
  return {
    name: error.name,
    code: code ?? "",
    // OpenSSL has the words that matter in `reason`, its message names source files.
    message: code?.startsWith("ERR_SSL") && reason ? reason : error.message,
    isSystem: syscall !== undefined,
  };
};

const isTls = ({ code, isSystem }: Fault, where: Where): boolean => {
  if (code === "EPROTO" || code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS")) return true;
  const isOther = isSystem || code === "" || code === "ECONNRESET" || code.startsWith("UND_ERR");
  return where.phase === "connecting" && !isOther;
};

const connectFailure = (fault: Fault, { where }: Where): ActivityError => {
  if (fault.code === "ENOTFOUND" || fault.code.startsWith("EAI_"))
    return new ActivityError(
      "Http.NameNotResolved",
      `${where}: the host name was not found (${fault.code}); check its spelling and the name server of this machine`,
    );
  return new ActivityError(
    "Http.ConnectFailed",
    `${where}: no connection (${fault.message}); nothing was sent. Check host, port and firewall, and that the service runs`,
  );
};

/** Undici's parser errors often have no code. */
const isBadResponse = ({ name, code }: Fault): boolean =>
  name === "HTTPParserError" || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH";

const errorFailure = (error: Error, where: Where): ActivityError => {
  if (error instanceof ActivityError)
    return new ActivityError(error.error, `${where.where}: ${error.message}`);
  const fault = faultOf(error);
  const { code, message } = fault;
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED")
    return new ActivityError("Http.RequestInvalid", `${where.where}: ${message}`);
  if (code === "UND_ERR_HEADERS_OVERFLOW" || code === "HPE_HEADER_OVERFLOW")
    return new ActivityError(
      "Http.ResponseTooLarge",
      `${where.where} answered with headers that are too large`,
    );
  if (isBadResponse(fault))
    return new ActivityError(
      "Http.BadResponse",
      `${where.where} answered with something that is not HTTP (${message})`,
    );
  if (isTls(fault, where))
    return new ActivityError(
      "Http.TlsFailed",
      `${where.where}: no trusted connection (${message}); nothing was sent. Correct the certificate, or add its issuer to the trusted ones of this environment`,
    );
  if (where.phase === "connecting") return connectFailure(fault, where);
  return new ActivityError(
    "Http.ConnectionLost",
    `${where.where}: the connection was lost (${message}) ${progress[where.phase]}`,
  );
};

const progress: Readonly<Record<Phase, string>> = {
  connecting: "before there was a connection; nothing was sent",
  waiting: "after the request was sent; whether it was carried out is not known",
  reading: "while the answer was being read; the request was received",
};

/** The failure for an exchange that gave no response. */
export const failureOf = (reason: Break, where: Where): ActivityError => {
  switch (reason.kind) {
    case "interrupted":
      return new ActivityError("Http.Aborted", `${where.where}: given up ${progress[where.phase]}`);
    case "connectTimeout":
      return new ActivityError(
        "Http.ConnectFailed",
        `${where.where}: no connection within ${where.connectTimeoutMs / 1000} s; nothing was sent. Check host, port and firewall, and that the service runs`,
      );
    case "tooLarge":
      return tooLarge(where.where, where.bodySizeMax);
    case "error":
      return errorFailure(reason.error, where);
  }
};

/** The failure for a request that took longer than `timeoutSeconds` altogether. */
export const timeoutFailure = (
  { where, phase }: Pick<Where, "where" | "phase">,
  timeoutSeconds: number,
): ActivityError =>
  new ActivityError(
    "Http.Timeout",
    `${where}: not complete within ${timeoutSeconds} s, given up ${progress[phase]}`,
  );
