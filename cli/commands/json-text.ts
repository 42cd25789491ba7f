import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseJson } from "#core/json.ts";
import { CommandFailed } from "../exit.ts";

const read = (given: string): Promise<string> | string => {
  if (given === "-") return text(process.stdin);
  return given.startsWith("@") ? readFile(given.slice(1), "utf8") : given;
};

/** The JSON text that an option gives: text, `@file`, or `-` for standard input; checked, not changed. */
export const readJsonText = async (
  option: string,
  given: string | undefined,
): Promise<string | undefined> => {
  if (given === undefined) return undefined;
  try {
    const found = await read(given);
    parseJson(found);
    return found;
  } catch (error) {
    throw new CommandFailed(`Cannot take ${option} as JSON: ${(error as Error).message}`, {
      next: `Write JSON text, @FILE for a file, or - for standard input: ${option} '{"key": 1}'`,
      cause: error,
    });
  }
};
