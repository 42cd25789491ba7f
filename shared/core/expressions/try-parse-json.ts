import { type Json, parseJson } from "../json.ts";

/** JSON text as a value; `undefined` where it is not JSON. The engine's own message differs from version to version of it. */
export const tryParseJson = (text: string): Json | undefined => {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};
