import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseJson } from "#core/json.ts";
import { CommandFailed } from "../exit.ts";

const read = async (given: string): Promise<{ from: string; json: string }> => {
  if (given === "-") return { from: "standard input", json: await text(process.stdin) };
  if (!given.startsWith("@")) return { from: "--input", json: given };
  const path = given.slice(1);
  try {
    return { from: path, json: await readFile(path, "utf8") };
  } catch (error) {
    throw new CommandFailed(`Cannot read the input ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

/** The input that `--input` names: JSON text, `@file`, or `-` for standard input; `{}` where it is not given. */
export const readInput = async (given: string | undefined): Promise<unknown> => {
  if (given === undefined) return {};
  const { from, json } = await read(given);
  try {
    return parseJson(json);
  } catch (error) {
    throw new CommandFailed(`The input (${from}) is not JSON: ${(error as Error).message}`, {
      next: "Write JSON text, @FILE for a file, or - for standard input: --input '{\"key\": 1}'",
      cause: error,
    });
  }
};
