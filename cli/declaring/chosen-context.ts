import type { Command } from "commander";
import { type Context, existingContext, readContexts } from "../environment/contexts.ts";
import { CommandFailed } from "../exit.ts";

const isNamedHere = (command: Command, name: string): boolean =>
  command.getOptionValueSource(name) === "cli";

/** The context that a call is about; `undefined`: its options say themselves which environment is meant. */
const contextFor = async (command: Command): Promise<Context | undefined> => {
  const wanted = command.getOptionValue("context") as string | undefined;
  if (["url", "data"].some((name) => isNamedHere(command, name))) {
    if (!isNamedHere(command, "context")) return undefined;
    throw new CommandFailed("--context names an environment, and --url or --data another one", {
      next: "Give one of them",
    });
  }
  const isInVariables = ["url", "data"].some(
    (name) => command.getOptionValueSource(name) === "env",
  );
  if (wanted === undefined && isInVariables) return undefined;
  const found = await readContexts();
  const name = wanted ?? found.current;
  return name === undefined ? undefined : existingContext(found, name);
};

/** `--data` in the call means that directory, whatever URL the shell says; the token that it says is of that URL. */
const withoutUrl = <T extends object>(command: Command, options: T): T => {
  const isOverruled = isNamedHere(command, "data") && command.getOptionValueSource("url") === "env";
  return isOverruled ? { ...options, url: undefined, token: undefined } : options;
};

/**
 * The options of a call, with the environment of its context. The command line comes first, then
 * HOLDFAST_CONTEXT, then HOLDFAST_URL and HOLDFAST_DATA, then the context in use.
 */
export const withContext = async <T extends object>(command: Command, options: T): Promise<T> => {
  if (!command.options.some(({ long }) => long === "--context")) return options;
  const context = await contextFor(command);
  if (context === undefined) return withoutUrl(command, options);
  const { url, data, token } = context;
  if (data !== undefined) return { ...options, data, url: undefined, token: undefined };
  return { ...options, url, ...(token && { token }) };
};
