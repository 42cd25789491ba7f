import { type Client, connect } from "../environment/client.ts";
import type { AccessKey, IssuedKey } from "../environment/contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { type ScopeOptions, scopeFrom } from "./scope-options.ts";
import { fieldLines } from "./show.ts";

export interface CreateKeyOptions extends ScopeOptions {
  readonly role?: readonly string[];
  /** Seconds. */
  readonly expires?: number;
  readonly aws?: boolean;
  readonly callsPerSecond?: number;
}

export interface RotateKeyOptions {
  /** Seconds. */
  readonly grace?: number;
  /** Seconds. */
  readonly expires?: number;
}

const path = "/v1/access-keys";

const read = async (client: Client): Promise<readonly AccessKey[]> =>
  (await client.get<{ readonly accessKeys: readonly AccessKey[] }>(path)).accessKeys;

const inSeconds = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : new Date(Date.now() + seconds * 1000).toISOString();

const isOver = ({ revokedAt, expiresAt }: AccessKey): boolean =>
  revokedAt !== undefined || (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now());

/** The id of a key that is named by its id, or by its name if only one of that name is in use. */
const keyIdOf = async (client: Client, named: string): Promise<string> => {
  const keys = await read(client);
  if (keys.some(({ keyId }) => keyId === named)) return named;
  const [first, second] = keys.filter((key) => key.name === named && !isOver(key));
  if (first === undefined)
    throw new CommandFailed(`There is no access key ${printable(named)} in use`, {
      next: "holdfast keys lists them",
    });
  if (second === undefined) return first.keyId;
  throw new CommandFailed(`There are several access keys ${printable(named)}`, {
    next: "Give the id of one, as keys lists it",
  });
};

const stateOf = (key: AccessKey): string => {
  if (key.revokedAt !== undefined) return "revoked";
  if (isOver(key)) return "expired";
  return key.expiresAt === undefined ? "valid" : `until ${localTime(key.expiresAt)}`;
};

const show = (key: IssuedKey, { options, terminal }: Call): void => {
  if (options.json === true) {
    terminal.json(key);
    return;
  }
  const fields = [
    ["principal", key.principal],
    ["key id", key.keyId],
    ["token", key.token],
    ["secret access key", key.secret],
  ] as const;
  for (const line of fieldLines(fields, terminal.paint)) terminal.out(line);
  terminal.note("Keep it now: it is not shown again.");
};

/** Lists the access keys. */
export const keys = async ({ options, terminal }: Call): Promise<number> => {
  const found = await read(await connect(options));
  if (options.json === true) {
    terminal.json(found);
    return exitCodes.success;
  }
  const rows = found.map((key) => [
    key.keyId,
    key.name,
    stateOf(key),
    key.lastUsedAt === undefined ? "never" : localTime(key.lastUsedAt),
    key.isForAws ? "yes" : "",
    localTime(key.createdAt),
    key.createdBy,
  ]);
  const head = ["KEY", "NAME", "STATE", "LAST USED", "AWS", "CREATED", "BY"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  return exitCodes.success;
};

/** Makes an access key and shows its token, once. */
export const createKey = async (call: Call<CreateKeyOptions>, name: string): Promise<number> => {
  const { options } = call;
  const client = await connect(options);
  const scope = scopeFrom(options);
  const issued = await client.post<IssuedKey>(path, {
    name,
    grants: options.role?.map((role) => ({ role, scope })),
    expiresAt: inSeconds(options.expires),
    isForAws: options.aws,
    callsPerSecondMax: options.callsPerSecond,
  });
  show(issued, call);
  return exitCodes.success;
};

/** Makes a new key under the name of an old one. */
export const rotateKey = async (call: Call<RotateKeyOptions>, named: string): Promise<number> => {
  const { options } = call;
  const client = await connect(options);
  const keyId = await keyIdOf(client, named);
  const issued = await client.post<IssuedKey>(`${path}/${encodeURIComponent(keyId)}/rotate`, {
    graceSeconds: options.grace,
    expiresAt: inSeconds(options.expires),
  });
  show(issued, call);
  return exitCodes.success;
};

/** Refuses an access key from now on. */
export const revokeKey = async ({ options, terminal }: Call, named: string): Promise<number> => {
  const client = await connect(options);
  const keyId = await keyIdOf(client, named);
  const key = await client.post<AccessKey>(`${path}/${encodeURIComponent(keyId)}/revoke`, {});
  if (options.json === true) terminal.json(key);
  else terminal.out(`${printable(key.name)} (${printable(key.keyId)}) is revoked`);
  return exitCodes.success;
};
