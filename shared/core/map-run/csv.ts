/**
 * Rows of delimited text as the service reads them
 * (https://docs.aws.amazon.com/step-functions/latest/dg/example-csv-parse-dist-map.html): a field in double
 * quotes may hold delimiters and line ends; a doubled quote is one; a backslash makes the character
 * after it an ordinary one. A line without any character is no row.
 */

/** A row, and where the next one begins. */
export interface Row {
  readonly fields: readonly string[];
  readonly next: number;
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);

/** A row with quotes or backslashes in it, character by character. */
class RowScan {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #fields: string[] = [];
  #at: number;
  #field = "";
  #isQuoted = false;
  /** Whether nothing of the field has been read yet: only there a quote opens. */
  #isFieldStart = true;

  constructor(text: string, from: number, delimiter: string) {
    this.#text = text;
    this.#at = from;
    this.#delimiter = delimiter;
  }

  /** `undefined` where the text ends before the row does. */
  scan(isLast: boolean): Row | undefined {
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      this.#at += 1;
      if (character === "\n" && !this.#isQuoted) return this.#row();
      this.#take(character);
    }
    return isLast ? this.#row() : undefined;
  }

  #row(): Row {
    this.#fields.push(this.#isQuoted ? this.#field : withoutReturn(this.#field));
    return { fields: this.#fields, next: this.#at };
  }

  #take(character: string): void {
    if (character === '"') this.#quote();
    else if (character === "\\") this.#add(this.#following());
    else if (character === this.#delimiter && !this.#isQuoted) {
      this.#fields.push(this.#field);
      this.#field = "";
      this.#isFieldStart = true;
    } else this.#add(character);
  }

  #add(text: string): void {
    this.#field += text;
    this.#isFieldStart = false;
  }

  /** The character after, which is used up. */
  #following(): string {
    const character = this.#text.charAt(this.#at);
    this.#at += 1;
    return character;
  }

  #quote(): void {
    const isDoubled = this.#text.charAt(this.#at) === '"';
    if (this.#isFieldStart) {
      this.#isFieldStart = false;
      this.#isQuoted = true;
    } else if (isDoubled) this.#add(this.#following());
    else if (this.#isQuoted) this.#isQuoted = false;
    else this.#add('"');
  }
}

/**
 * The row that begins at `from`; `undefined` where the text ends before it does and is not the last
 * of the data set, or where there is none.
 */
export const rowAt = (
  text: string,
  from: number,
  options: { readonly delimiter: string; readonly isLast: boolean },
): Row | undefined => {
  if (from >= text.length) return undefined;
  const lineEnd = text.indexOf("\n", from);
  if (lineEnd < 0 && !options.isLast) return undefined;
  const end = lineEnd < 0 ? text.length : lineEnd;
  const line = text.slice(from, end);
  if (line.includes('"') || line.includes("\\"))
    return new RowScan(text, from, options.delimiter).scan(options.isLast);
  const plain = withoutReturn(line);
  return { fields: plain.split(options.delimiter), next: end + 1 };
};

/** Whether a row is a line without any character. */
export const isEmptyRow = ({ fields }: Row): boolean => fields.length === 1 && fields[0] === "";
