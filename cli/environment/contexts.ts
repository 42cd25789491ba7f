/** Contexts: environments that the user has given names, kept in a file that only the user can read. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandFailed } from "../exit.ts";

/** A local environment by its data directory, or one elsewhere by its URL. */
export interface Context {
  readonly data?: string;
  readonly url?: string;
  readonly token?: string;
}

/** All that the file holds. */
export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

/** Where contexts are kept. */
export const contextsFile = (): string => {
  const { HOLDFAST_CONFIG: own, XDG_CONFIG_HOME: xdg } = process.env;
  return join(own || join(xdg || join(homedir(), ".config"), "holdfast"), "contexts.json");
};

const unreadable = (file: string, cause: unknown): CommandFailed =>
  new CommandFailed(`Cannot read the contexts in ${file}: ${String((cause as Error).message)}`, {
    next: "Mend that file or move it away, and add the contexts again: holdfast context add NAME",
    cause,
  });

const isContexts = (value: unknown): value is Contexts =>
  typeof value === "object" &&
  value !== null &&
  "contexts" in value &&
  typeof value.contexts === "object" &&
  value.contexts !== null;

/** What the user has added; nothing where there is no file. */
export const readContexts = async (): Promise<Contexts> => {
  const file = contextsFile();
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isContexts(value)) return value;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { contexts: {} };
    }
    throw unreadable(file, error);
  }
  throw unreadable(file, new Error("it holds something else"));
};

/** Only a whole file gets the name: two commands at once leave what one of them wrote. */
export const writeContexts = async (contexts: Contexts): Promise<void> => {
  const file = contextsFile();
  const partial = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(partial, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 });
  await rename(partial, file);
};

/** The context of that name. */
export const existingContext = ({ contexts }: Contexts, name: string): Context => {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(contexts);
  throw new CommandFailed(`There is no context ${name}`, {
    next:
      names.length === 0
        ? "Add it: holdfast context add NAME --url URL --token-file FILE"
        : `There are: ${names.join(", ")}`,
  });
};
