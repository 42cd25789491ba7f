import { resolve } from "node:path";
import {
  type Context,
  contextsFile,
  existingContext,
  readContexts,
  writeContexts,
} from "../environment/contexts.ts";
import { readToken } from "../environment/find.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import type { Call } from "./call.ts";

interface AddOptions {
  readonly url?: string;
  readonly data?: string;
  readonly tokenFile?: string;
  readonly token?: string;
}

const contextOf = async ({ url, data, ...options }: AddOptions): Promise<Context> => {
  if ((url === undefined) === (data === undefined))
    throw new CommandFailed("A context is an environment elsewhere or a local one", {
      next: "Give one of --url URL and --data DIR",
    });
  if (data !== undefined) return { data: resolve(data) };
  if (url === undefined || !URL.canParse(url) || !/^https?:/i.test(url))
    throw new CommandFailed(`"${url}" is not the URL of an environment`, {
      next: "Write it like this: --url http://127.0.0.1:7437",
    });
  const token = await readToken(options);
  if (token) return { url, token };
  throw new CommandFailed(`There is no access token for ${url}`, {
    next: "Give --token-file FILE, or set HOLDFAST_TOKEN: the context keeps it",
  });
};

/** Gives an environment a name; the first one is used from then on. */
export const addContext = async (
  { options, terminal }: { options: AddOptions & { json?: boolean }; terminal: Call["terminal"] },
  name: string,
): Promise<number> => {
  const context = await contextOf(options);
  const { current = name, contexts } = await readContexts();
  await writeContexts({ current, contexts: { ...contexts, [name]: context } });
  if (options.json === true) terminal.json({ name, isCurrent: current === name });
  else
    terminal.out(`${name} is kept in ${contextsFile()}${current === name ? ", and in use" : ""}`);
  return exitCodes.success;
};

/** Makes a context the one that commands speak to. */
export const useContext = async ({ options, terminal }: Call, name: string): Promise<number> => {
  const found = await readContexts();
  existingContext(found, name);
  await writeContexts({ ...found, current: name });
  if (options.json === true) terminal.json({ name, isCurrent: true });
  else terminal.out(`${name} is in use`);
  return exitCodes.success;
};

/** Forgets a context, and its token. */
export const removeContext = async ({ options, terminal }: Call, name: string): Promise<number> => {
  const found = await readContexts();
  existingContext(found, name);
  const { [name]: _, ...contexts } = found.contexts;
  const { current } = found;
  const isKept = current !== undefined && current !== name;
  await writeContexts({ ...(isKept && { current }), contexts });
  if (options.json === true) terminal.json({ name, isRemoved: true });
  else terminal.out(`${name} is forgotten`);
  return exitCodes.success;
};

/** Lists the contexts; tokens are not shown. */
export const listContexts = async ({ options, terminal }: Call): Promise<number> => {
  const { current, contexts } = await readContexts();
  const items = Object.entries(contexts).map(([name, { url, data }]) => ({
    name,
    isCurrent: name === current,
    ...(url !== undefined && { url }),
    ...(data !== undefined && { data }),
  }));
  if (options.json === true) terminal.json(items);
  else if (items.length === 0)
    terminal.out("No context. Add one with: holdfast context add NAME --url URL --token-file FILE");
  else {
    const rows = items.map(({ name, isCurrent, url, data = "" }) => [
      name,
      isCurrent ? "*" : "",
      url ?? data,
    ]);
    const head = ["CONTEXT", "IN USE", "ENVIRONMENT"];
    terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  }
  return exitCodes.success;
};
