/** Where JSON text stops being JSON; line and column from 1, in UTF-16 units. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
}

/** What may come next; each says it in words. */
const expectations = {
  value: "a value",
  valueOrClose: "a value or ]",
  key: "a field name in double quotes",
  keyOrClose: "a field name in double quotes or }",
  colon: ": after the field name",
  more: "a comma or the closing bracket",
  end: "nothing after the value",
} as const;
type Expectation = keyof typeof expectations;
type Token = { readonly kind: string; readonly end: number };

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const space = /[ \t\n\r]*/y;

const endOf = (pattern: RegExp, text: string, at: number): number | undefined => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
};

const endOfString = (text: string, start: number): number | undefined => {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return undefined;
    const next = code === 0x5c ? endOf(escaped, text, at) : at + 1;
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
};

const tokenAt = (text: string, at: number): Token | undefined => {
  const char = text.charAt(at);
  if ("[]{},:".includes(char)) return { kind: char, end: at + 1 };
  const end = char === '"' ? endOfString(text, at) : endOf(scalar, text, at);
  return end === undefined ? undefined : { kind: char === '"' ? "string" : "scalar", end };
};

const afterValue = (open: readonly string[]): Expectation => (open.length === 0 ? "end" : "more");

const closed = (open: string[]): Expectation => {
  open.pop();
  return afterValue(open);
};

const opened = (open: string[], bracket: "[" | "{"): Expectation => {
  open.push(bracket);
  return bracket === "[" ? "valueOrClose" : "keyOrClose";
};

const value = (kind: string, open: string[]): Expectation | undefined => {
  if (kind === "[" || kind === "{") return opened(open, kind);
  return kind === "string" || kind === "scalar" ? afterValue(open) : undefined;
};

const key = (kind: string): Expectation | undefined => (kind === "string" ? "colon" : undefined);

const more = (kind: string, open: string[]): Expectation | undefined => {
  const isArray = open.at(-1) === "[";
  if (kind === ",") return isArray ? "value" : "key";
  return kind === (isArray ? "]" : "}") ? closed(open) : undefined;
};

const steps: Record<Expectation, (kind: string, open: string[]) => Expectation | undefined> = {
  value,
  valueOrClose: (kind, open) => (kind === "]" ? closed(open) : value(kind, open)),
  key,
  keyOrClose: (kind, open) => (kind === "}" ? closed(open) : key(kind)),
  colon: (kind) => (kind === ":" ? "value" : undefined),
  more,
  end: () => undefined,
};

/**
 * Finds where text that `JSON.parse` refused goes wrong: the message of the runtime has the place
 * only sometimes, and quotes the text.
 */
export const jsonFault = (text: string): JsonFault => {
  const open: string[] = [];
  let expects: Expectation = "value";
  let at = endOf(space, text, 0) ?? 0;
  while (at < text.length) {
    const token: Token | undefined = tokenAt(text, at);
    const next: Expectation | undefined =
      token === undefined ? undefined : steps[expects](token.kind, open);
    if (token === undefined || next === undefined) break;
    expects = next;
    at = endOf(space, text, token.end) ?? token.end;
  }
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  return {
    line: at === 0 ? 1 : text.slice(0, at).split("\n").length,
    column: at === 0 ? 1 : at - lineStart + 1,
    expected: expectations[expects],
  };
};
