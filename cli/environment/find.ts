import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { CommandFailed } from "../exit.ts";

/** Where the options of a command say that the environment is. */
export interface EnvironmentOptions {
  /** The local environment's data directory. */
  readonly data: string;
  /** Of an environment elsewhere. */
  readonly url?: string;
  readonly tokenFile?: string;
  /** Only from HOLDFAST_TOKEN: a token in an argument shows in the list of processes. */
  readonly token?: string;
  /** Why, for the audit. */
  readonly reason?: string;
}

/** The environment is not there, or broke off: what was sent may have arrived or not. */
export class Unreachable extends CommandFailed {}

/** An environment that can be called. */
export interface Access {
  readonly url: string;
  /** Of other servers of the environment: to be tried where the one before does not answer. */
  readonly otherUrls?: readonly string[];
  readonly token: string;
  /** How to get it to answer when it does not. */
  readonly whenSilent: string;
}

const readText = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CommandFailed(`Cannot read ${path}: ${(error as Error).message}`, {
      next: "Look at that path and at who may read it",
      cause: error,
    });
  }
};

const startCommand = (data: string): string => {
  const shown = relative(process.cwd(), resolve(data));
  return `Start it with: npx holdfast start${shown === ".holdfast" ? "" : ` --data ${data}`}`;
};

/** The access token that the options name, if they name one. */
export const readToken = async (
  options: Pick<EnvironmentOptions, "token" | "tokenFile">,
): Promise<string | undefined> => {
  if (options.tokenFile === undefined) return checked(options.token, "HOLDFAST_TOKEN");
  const text = await readText(options.tokenFile);
  if (text === undefined)
    throw new CommandFailed(`There is no token file ${options.tokenFile}`, {
      next: "Name the file that holds the access token: --token-file FILE, or set HOLDFAST_TOKEN",
    });
  return checked(text.trim(), options.tokenFile);
};

/** What cannot be sent in a header is no token; it is not shown, since it may be one that was mangled. */
const checked = (token: string | undefined, from: string): string | undefined => {
  if (token === undefined || /^[\x21-\x7e]*$/.test(token)) return token;
  throw new CommandFailed(`What ${from} holds is not an access token`, {
    next: "A token is one line without blanks, as the file admin.token of the data directory has it",
  });
};

const elsewhere = async (given: string, options: EnvironmentOptions): Promise<Access> => {
  if (!URL.canParse(given) || !/^https?:/i.test(given)) {
    throw new CommandFailed(`"${given}" is not the URL of an environment`, {
      next: "Write it like this: --url http://127.0.0.1:7437",
    });
  }
  const token = await readToken(options);
  if (!token) {
    throw new CommandFailed(`There is no access token for ${given}`, {
      next: "Set HOLDFAST_TOKEN, or give --token-file FILE",
    });
  }
  const whenSilent = "Check the URL (--url, HOLDFAST_URL) and that the environment runs there";
  return { url: given.replace(/\/+$/, ""), token, whenSilent };
};

/** What a server of a local environment says of itself. */
interface Heartbeat {
  readonly url: string;
  readonly heartbeatAt: string;
}

const heartbeatIn = (text: string): Heartbeat | undefined => {
  try {
    const { url, heartbeatAt = "" } = JSON.parse(text) as Partial<Heartbeat>;
    return url === undefined ? undefined : { url: new URL(url).origin, heartbeatAt };
  } catch {
    // Not a heartbeat, or not one of a server that listens yet.
    return undefined;
  }
};

/** Where the servers of a data directory answer; the one that said last that it is there comes first. */
const serverUrls = async (data: string): Promise<readonly string[]> => {
  const folder = join(data, "servers");
  const files = await readdir(folder).catch(() => []);
  const texts = files.filter((file) => file.endsWith(".json")).map((file) => join(folder, file));
  const read = await Promise.all(texts.map(readText));
  return read
    .flatMap((text) => (text === undefined ? [] : (heartbeatIn(text) ?? [])))
    .sort((a, b) => (a.heartbeatAt < b.heartbeatAt ? 1 : -1))
    .map(({ url }) => url);
};

const local = async (options: EnvironmentOptions): Promise<Access> => {
  const whenSilent = startCommand(options.data);
  const [url, ...otherUrls] = await serverUrls(options.data);
  if (url === undefined) {
    throw new Unreachable(`No environment runs on ${resolve(options.data)}`, {
      next: [whenSilent, "or say where it is: --data DIR, or --url URL with HOLDFAST_TOKEN"],
    });
  }
  const isNamed = options.tokenFile !== undefined || options.token !== undefined;
  const own = { tokenFile: join(options.data, "admin.token") };
  const token = await readToken(isNamed ? options : own);
  return { url, otherUrls, token: token ?? "", whenSilent };
};

/** The environment that the options name: by URL, or the local one that runs on the data directory. */
export const findEnvironment = (options: EnvironmentOptions): Promise<Access> =>
  options.url === undefined ? local(options) : elsewhere(options.url, options);
