import type { YAMLError } from "yaml";

/** Where a text stops being readable, and why. */
export interface SyntaxFault {
  /** Of the first character that can not be read. */
  readonly offset: number;
  readonly message: string;
}

/** What to do, by the code of the YAML parser. */
const advice: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  BAD_INDENT: "indent the lines that belong together alike",
  BAD_SCALAR_START: "put the text in quotes",
  BLOCK_AS_IMPLICIT_KEY: 'put text that contains ": " in quotes, or begin a new line',
  MISSING_CHAR: "close what was opened",
  MULTILINE_IMPLICIT_KEY: 'look for a missing "," or ":" or quote in front of it',
  MULTIPLE_DOCS: 'one text holds one process; remove what follows "---"',
  RESOURCE_EXHAUSTION: "nest it less deep",
  TAB_AS_INDENT: "indent with blanks",
  TAG_RESOLVE_FAILED: 'tags have no meaning here; remove it, or quote text that begins with "!"',
};

const isJsonLike = (text: string, fileName: string): boolean =>
  /\.json$/i.test(fileName) || /^\s*[[{]/.test(text);

/** What is wrong with JSON, where the engine says at which character it is. */
const jsonFault = (text: string): SyntaxFault | undefined => {
  try {
    JSON.parse(text);
    return undefined;
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : "";
    const [, what, position] = /^(.+) in JSON at position (\d+)/.exec(said) ?? [];
    const isAtEnd = said.startsWith("Unexpected end") || Number(position) >= text.trimEnd().length;
    if (isAtEnd)
      return { offset: text.length, message: "the JSON ends too early; close what was opened" };
    if (what !== undefined && position !== undefined)
      return { offset: Number(position), message: `the JSON can not be read here: ${what}` };
    return undefined;
  }
};

/** Puts what the parsers say about a text into a sentence that also says what to do. */
export const syntaxFault = (
  text: string,
  found: { readonly error: YAMLError; readonly fileName: string },
): SyntaxFault => {
  const { code, message, pos } = found.error;
  const json = isJsonLike(text, found.fileName) ? jsonFault(text) : undefined;
  if (json !== undefined) return json;
  const [first = ""] = message.split("\n");
  const todo = advice[code];
  return {
    offset: pos[0],
    message: `the YAML can not be read from here on: ${first.replace(/[.:]+$/, "")}${todo === undefined ? "" : `; ${todo}`}`,
  };
};
