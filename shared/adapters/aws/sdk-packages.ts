/** Finds and loads clients of the AWS SDK for JavaScript, which Holdfast does not bring along. */
import { readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** What a client package exports. */
export type SdkModule = Readonly<Record<string, unknown>>;

export interface SdkPackage {
  readonly client: SdkModule;
  /** `@smithy/core/schema` of the same installation, by which its clients describe their calls. */
  readonly schema: SdkModule | undefined;
}

export interface SdkPackages {
  /** Loads the client of a service, once; `undefined`: there is none. */
  readonly load: (service: string) => SdkPackage | undefined;
  readonly has: (service: string) => boolean;
}

const prefix = "client-";

/** A service as Step Functions names it, and a package, compare without what only one of them writes. */
const comparable = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll("-", "")
    .replace(/^(amazon|aws)(?=.)/, "")
    .replace(/(?<=.)service$/, "");

const clientsIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(join(directory, "@aws-sdk")).filter((name) => name.startsWith(prefix));
  } catch {
    // Most places where packages may lie do not exist.
    return [];
  }
};

const schemaOf = (own: NodeJS.Require): SdkModule | undefined => {
  try {
    return own("@smithy/core/schema") as SdkModule;
  } catch {
    // An SDK of before there was one.
    return undefined;
  }
};

/** The directory of the client of a service. */
const find = (service: string, searchFrom: readonly string[]): string | undefined => {
  const wanted = comparable(service);
  for (const from of searchFrom)
    for (const directory of createRequire(from).resolve.paths("@aws-sdk/x") ?? [])
      for (const name of clientsIn(directory))
        if (comparable(name.slice(prefix.length)) === wanted)
          // What it needs lies around where it is, not around a link to it.
          return realpathSync(join(directory, "@aws-sdk", name));
  return undefined;
};

/**
 * Packages are looked for as if required by each of the files `searchFrom`, the first one first, so
 * NODE_PATH counts: that is where a Lambda finds the SDK of its runtime. A package that is not there
 * is looked for again, so installing it is enough.
 */
export const sdkPackages = (searchFrom: readonly string[]): SdkPackages => {
  const places = new Map<string, string>();
  const loaded = new Map<string, SdkPackage>();

  const placeOf = (service: string): string | undefined => {
    const place = places.get(service) ?? find(service, searchFrom);
    if (place !== undefined) places.set(service, place);
    return place;
  };

  const load = (service: string): SdkPackage | undefined => {
    const known = loaded.get(service);
    const place = known === undefined ? placeOf(service) : undefined;
    if (place === undefined) return known;
    const own = createRequire(join(place, "package.json"));
    const found = { client: own(place) as SdkModule, schema: schemaOf(own) };
    loaded.set(service, found);
    return found;
  };

  return { load, has: (service) => placeOf(service) !== undefined };
};
