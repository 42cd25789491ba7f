import type { LookupFunction } from "node:net";
import { BlockList, isIP } from "node:net";
import { buildConnector } from "undici";
import { ActivityError } from "../adapter.ts";

/**
 * Addresses where nothing lives that a process may call: "this host" (0.0.0.0/8), link-local, where
 * clouds serve credentials to whoever asks, the metadata services outside link-local (Alibaba,
 * Oracle, Azure; AWS fd00:ec2::/32, Google fd20:ce::254), multicast and reserved.
 */
const refusedAlways = [
  "0.0.0.0/8",
  "169.254.0.0/16",
  "100.100.100.200/32",
  "192.0.0.192/32",
  "168.63.129.16/32",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "fe80::/10",
  "fd00:ec2::/32",
  "fd20:ce::254/128",
  "ff00::/8",
];

const groups: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"],
};

/** Adds an IPv4 network, and the IPv6 networks through which NAT64 and 6to4 reach it. */
const addIpv4 = (list: BlockList, network: string, prefix: number): void => {
  const bytes = network.split(".").map(Number);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  list.addSubnet(network, prefix, "ipv4");
  list.addSubnet(`64:ff9b::${network}`, 96 + prefix, "ipv6");
  list.addSubnet(`2002:${hex.slice(0, 4)}:${hex.slice(4)}::`, 16 + prefix, "ipv6");
};

const add = (list: BlockList, range: string): void => {
  const [network = "", prefix] = range.split("/");
  if (isIP(network) === 4) addIpv4(list, network, Number(prefix ?? 32));
  else list.addSubnet(network, Number(prefix ?? 128), "ipv6");
};

/** Says whether an address may not be connected to. */
export type AddressGuard = (address: string) => boolean;

/** `refuse`: more ranges, each a CIDR, an address, or one of the groups `loopback` and `private`. */
export const addressGuard = (refuse: readonly string[]): AddressGuard => {
  const list = new BlockList();
  for (const range of [...refusedAlways, ...refuse.flatMap((name) => groups[name] ?? [name])])
    add(list, range);
  return (address) => {
    const bare = address.split("%")[0] ?? "";
    const family = isIP(bare);
    return family === 0 || list.check(bare, family === 4 ? "ipv4" : "ipv6");
  };
};

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
