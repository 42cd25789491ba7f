import { text } from "node:stream/consumers";
import { parseJson } from "#core/json.ts";
import { CommandFailed } from "../exit.ts";
import { readTextFile } from "./text-file.ts";

const howTo = (option: string): string =>
  `Write JSON text, @FILE for a file, or - for standard input: ${option} '{"key": 1}'`;

const read = async (option: string, given: string): Promise<{ from: string; json: string }> => {
  if (given === "-") return { from: "standard input", json: await text(process.stdin) };
  if (!given.startsWith("@")) return { from: "the command line", json: given };
  const path = given.slice(1);
  if (path === "")
    throw new CommandFailed(`${option} names no file after the @`, { next: howTo(option) });
  return { from: path, json: await readTextFile(`the JSON of ${option} in`, path) };
};

/** What the engine says, without the offset that it adds to line and column. */
const faultOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(
    / in JSON at position \d+ \(line (\d+) column (\d+)\)$/,
    " in line $1, column $2",
  );

/** The JSON text that an option gives: text, `@file`, or `-` for standard input; checked, not changed. */
export const readJsonText = async (
  option: string,
  given: string | undefined,
): Promise<string | undefined> => {
  if (given === undefined) return undefined;
  const { from, json } = await read(option, given);
  try {
    parseJson(json);
    return json;
  } catch (error) {
    const what = json.trim() === "" ? "it is empty" : faultOf(error);
    throw new CommandFailed(`${option} from ${from} is not JSON: ${what}`, {
      next: howTo(option),
      cause: error,
    });
  }
};

/** The same as a value; `{}` where the option is not given. */
export const readJson = async (option: string, given: string | undefined): Promise<unknown> => {
  const json = await readJsonText(option, given);
  return json === undefined ? {} : parseJson(json);
};
