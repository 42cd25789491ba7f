/** Thrown and caught within a parser; what leaves it is data. */
export class SyntaxFailure extends Error {
  override readonly name = "SyntaxFailure";
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** A place in a text that is being parsed. */
export class Cursor {
  readonly text: string;
  position: number;
  /** How many levels of nesting the parser is in. */
  depth = 0;

  constructor(text: string, position = 0) {
    this.text = text;
    this.position = position;
  }

  /** The next character, "" at the end. */
  get next(): string {
    return this.text.charAt(this.position);
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** Goes past `token` if it comes next. */
  accept(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.accept(token)) this.fail(`'${token}' expected`);
  }

  skipBlanks(): void {
    while (/\s/.test(this.next)) this.position += 1;
  }

  /** What a sticky pattern matches here, gone past; `undefined` if it does not match. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.position;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  fail(message: string, position = this.position): never {
    throw new SyntaxFailure(message, position);
  }
}
