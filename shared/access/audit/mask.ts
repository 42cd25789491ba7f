import { hash } from "node:crypto";
import { isJsonObject, type Json, printJson } from "#core/json.ts";
import { recordedSizeMax } from "./limits.ts";

const secretName = /secret|password|passwd|token|authorization|credential|private[_-]?key/i;

const masked = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(masked);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, secretName.test(name) ? "***" : masked(inner)]),
  );
};

/** What the audit keeps of an object: without what is named like a secret, and of a large one its hash. */
export const recorded = (value: unknown): Json => {
  const kept = masked(value as Json);
  const text = printJson(kept);
  if (text.length <= recordedSizeMax) return kept;
  return { sha256: hash("sha256", text, "hex"), characters: text.length };
};
