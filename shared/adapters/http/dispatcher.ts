import type { LookupFunction } from "node:net";
import { Agent, type Dispatcher } from "undici";
import type { AddressGuard } from "./address-guard.ts";
import { guardedConnector } from "./guarded-connector.ts";

/** Connections to one origin at a time; more requests wait for one, as part of connecting. */
const connectionsPerOriginMax = 128;

/** Bytes of the headers of a response. */
const headerSizeMax = 16_384;

/** Opens what sends requests and keeps the connections. This file is loaded for the first request: it is large. */
export const openDispatcher = (options: {
  readonly isRefused: AddressGuard;
  readonly lookup: LookupFunction;
  readonly ca: readonly string[] | undefined;
  readonly connectTimeoutMs: number;
}): Dispatcher => {
  const { connectTimeoutMs: timeoutMs, ...guarded } = options;
  return new Agent({
    connect: guardedConnector({ ...guarded, timeoutMs }),
    connections: connectionsPerOriginMax,
    maxHeaderSize: headerSizeMax,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
};
