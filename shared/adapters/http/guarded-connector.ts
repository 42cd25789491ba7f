import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { ActivityError } from "../adapter.ts";
import type { AddressGuard } from "./address-guard.ts";

const refused = (host: string, addresses: readonly string[]): ActivityError => {
  const known = addresses.filter((address) => address !== host).join(", ");
  return new ActivityError(
    "Http.AddressRefused",
    `${known === "" ? host : `${host} is ${known}, which`} may not be called: link-local, metadata, multicast and reserved addresses never, others by a setting of this environment`,
  );
};

/** A lookup that gives only addresses that may be called: the socket connects to what was checked. */
const guardedLookup =
  (lookup: LookupFunction, isRefused: AddressGuard): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null || !Array.isArray(found)) return callback(error, found);
      const allowed = found.filter(({ address }) => !isRefused(address));
      const first = allowed[0];
      if (first === undefined) {
        const addresses = found.map(({ address }) => address);
        return callback(refused(hostname, addresses), []);
      }
      return options.all === true
        ? callback(null, allowed)
        : callback(null, first.address, first.family);
    });
  };

/**
 * Connects sockets for undici. Every address is checked right before the socket connects to it, be
 * it written in the URL or found by name, so neither redirects nor changing names get around it.
 */
export const guardedConnector = (options: {
  readonly isRefused: AddressGuard;
  readonly lookup: LookupFunction;
  readonly ca: readonly string[] | undefined;
  readonly timeoutMs: number;
}): buildConnector.connector => {
  const dial = buildConnector({
    lookup: guardedLookup(options.lookup, options.isRefused),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    timeout: options.timeoutMs,
    autoSelectFamily: true,
    allowH2: false,
    ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
  });
  return (target, callback) => {
    if (isIP(target.hostname) !== 0 && options.isRefused(target.hostname)) {
      queueMicrotask(() => callback(refused(target.hostname, []), null));
    } else {
      dial(target, callback);
    }
  };
};
