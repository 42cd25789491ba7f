import { type Json, printJson } from "../../json.ts";
import { intrinsicTextLengthMax } from "../../limits.ts";
import { decodeBase64, encodeBase64 } from "../base64.ts";
import { digest, digestNames } from "../digest.ts";
import { tryParseJson } from "../try-parse-json.ts";
import { ArgumentRefused, type Arguments } from "./arguments.ts";
import { printValue } from "./print-value.ts";

const boundedText = (text: string): string => {
  if (text.length > intrinsicTextLengthMax) {
    throw new ArgumentRefused(`the text is longer than ${intrinsicTextLengthMax} characters`);
  }
  return text;
};

/** States.Base64Encode. */
export const base64Encode = (args: Arguments): Json => encodeBase64(boundedText(args.text(0)));

/** States.Base64Decode. */
export const base64Decode = (args: Arguments): Json => {
  const text = decodeBase64(boundedText(args.text(0)));
  if (text === undefined) throw new ArgumentRefused("the text is not Base64");
  return text;
};

/** States.Hash: data that is no text is hashed as its JSON text. */
export const hash = (args: Arguments): Json => {
  const data = args.value(0);
  const text = boundedText(typeof data === "string" ? data : printJson(data));
  const hexadecimal = digest(text, args.text(1));
  if (hexadecimal === undefined) {
    throw new ArgumentRefused(`the algorithm must be one of ${digestNames.join(", ")}`);
  }
  return hexadecimal;
};

/** States.StringToJson: blank text is null. */
export const stringToJson = (args: Arguments): Json => {
  const text = args.text(0);
  if (text.trim() === "") return null;
  const value = tryParseJson(text);
  if (value === undefined) throw new ArgumentRefused("the text is not JSON");
  return value;
};

/** States.StringSplit: every character of the second argument separates; empty parts are dropped. */
export const stringSplit = (args: Arguments): Json => {
  const text = args.text(0);
  const separators = new Set(args.text(1));
  const parts = [""];
  for (const character of text) {
    if (separators.has(character)) parts.push("");
    else parts.push((parts.pop() ?? "") + character);
  }
  return parts.filter((part) => part !== "");
};

/** States.Format: the template with its escapes, `{}` replaced by the other arguments in order. */
export const format = (template: string, args: readonly Json[]): Json => {
  let used = 0;
  const text = template.replaceAll(/\\(.)|\{\}|[{}]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (found !== "{}") throw new ArgumentRefused("matching '}' not found for '{'");
    used += 1;
    return printValue(args[used - 1] ?? null);
  });
  if (used !== args.length) {
    throw new ArgumentRefused("number of arguments do not match the occurrences of {}");
  }
  return text;
};
