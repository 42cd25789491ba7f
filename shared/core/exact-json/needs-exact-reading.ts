/**
 * Whether `JSON.parse` would lose something of a text. It is asked for all text from outside, so each
 * test goes from one rare thing to the next instead of looking at every character. What only looks
 * like a number, within a string, may be taken for one: that costs time and no more.
 */

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** What stands before or after a number: nothing, a blank or a mark of the structure. */
const isAround = (code: number): boolean =>
  code === 44 || code === 58 || code === 91 || code === 93 || code === 125 || code <= 32;

/** Digits that every double keeps. */
const keptDigits = 15;

/** JavaScript prints a fraction that begins so with an exponent. */
const smallBegins = "000000";

const exponent = /\d[eE][-+\d](?<=(?:^|[:,[\s])-?\d+[eE].)/;

/** A key that JavaScript moves before all others. */
const indexKey = /\d"[\s:](?<="\d+"[\s:])/;

const endOfDigits = (text: string, from: number): number => {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
};

const startOfDigits = (text: string, from: number): number => {
  let at = from;
  while (isDigit(text.charCodeAt(at - 1))) at -= 1;
  return at;
};

/** The end of the text counts as a blank. */
const codeAt = (text: string, at: number): number =>
  at < text.length && at >= 0 ? text.charCodeAt(at) : 32;

/** Whether JavaScript prints these digits as they are. */
const isKept = (text: string, start: number, end: number): boolean => {
  const digits = text.slice(start, end);
  return String(Number(digits)) === digits;
};

/** Whether the point is one of a number that ends in zero, goes on with an exponent, is tiny or long. */
const isUnusualPoint = (text: string, point: number): boolean => {
  if (!(isDigit(text.charCodeAt(point + 1)) && isDigit(text.charCodeAt(point - 1)))) return false;
  const end = endOfDigits(text, point + 1);
  const after = codeAt(text, end);
  if (after === 101 || after === 69) return true;
  if (!isAround(after)) return false;
  if (text.charCodeAt(end - 1) === 48) return true;
  const start = startOfDigits(text, point);
  if (text.slice(start, point) === "0" && text.startsWith(smallBegins, point + 1)) return true;
  return end - 1 - start > keptDigits && !isKept(text, start, end);
};

const hasUnusualFraction = (text: string): boolean => {
  for (let at = text.indexOf("."); at !== -1; at = text.indexOf(".", at + 1))
    if (isUnusualPoint(text, at)) return true;
  return false;
};

const hasMinusZero = (text: string): boolean => {
  for (let at = text.indexOf("-0"); at !== -1; at = text.indexOf("-0", at + 2))
    if (isAround(codeAt(text, at - 1)) && isAround(codeAt(text, at + 2))) return true;
  return false;
};

/** Whether there is an integer of 16 or more digits that a double has not: one has an index that 16 divides. */
const hasLongInteger = (text: string): boolean => {
  const stride = keptDigits + 1;
  for (let at = 0; at < text.length; at += stride) {
    if (!isDigit(text.charCodeAt(at))) continue;
    const start = startOfDigits(text, at);
    const end = endOfDigits(text, at);
    const isLong = end - start > keptDigits;
    // Of a fraction the point was looked at.
    if (isLong && text.charCodeAt(start - 1) !== 46 && !isKept(text, start, end)) return true;
    // Each run of digits is looked at once, however long it is.
    at = end - (end % stride);
  }
  return false;
};

/** Whether a text has numbers that JavaScript prints in another way, or keys that it would move. */
export const needsExactReading = (text: string): boolean =>
  hasUnusualFraction(text) ||
  hasMinusZero(text) ||
  hasLongInteger(text) ||
  exponent.test(text) ||
  indexKey.test(text);
