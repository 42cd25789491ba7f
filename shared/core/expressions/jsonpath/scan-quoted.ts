import type { Cursor } from "../cursor.ts";

/** Reads text in single or double quotes; a backslash takes the next character as it is. */
export const scanQuoted = (cursor: Cursor): string => {
  const quote = cursor.next;
  if (quote !== "'" && quote !== '"') return cursor.fail("text in quotes expected");
  const start = cursor.position;
  cursor.position += 1;
  let text = "";
  while (cursor.next !== quote) {
    if (cursor.isAtEnd) return cursor.fail("quote is not closed", start);
    if (cursor.next === "\\") cursor.position += 1;
    text += cursor.next;
    cursor.position += 1;
  }
  cursor.position += 1;
  return text;
};
