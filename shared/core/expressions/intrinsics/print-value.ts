import { isJsonObject, type Json } from "../../json.ts";

/** A value within text as States.Format prints it: objects as `{a=1, b=[x, y]}`, text without quotes. */
export const printValue = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(printValue).join(", ")}]`;
  if (!isJsonObject(value)) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${key}=${printValue(member)}`);
  return `{${members.join(", ")}}`;
};
