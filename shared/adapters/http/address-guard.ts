import { BlockList, isIP } from "node:net";

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
