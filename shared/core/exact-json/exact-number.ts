/** How many have been printed so far: printing asks whether a text has any without looking for them. */
let printedCount = 0;

/** Called when something is printed that only `parseJson` reads back as it was; see `printStored`. */
export const countPrinted = (): void => {
  printedCount += 1;
};

/** The count of {@link countPrinted}. */
export const printedSoFar = (): number => printedCount;

/** The name under which the language has raw JSON text; TypeScript does not know it yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/**
 * A number whose text is not what JavaScript prints for it: `1.0`, `-0`, `1e400`, more digits than a
 * double has. It moves through an execution unchanged and is printed as it was written; whoever
 * computes takes its `value`. Any other number is a plain `number`.
 */
export class ExactNumber {
  /** As JSON has it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    Object.freeze(this);
  }

  /** The nearest number that JavaScript has; infinite beyond its range. */
  get value(): number {
    return Number(this.text);
  }

  valueOf(): number {
    return this.value;
  }

  toString(): string {
    return this.text;
  }

  /** What `JSON.stringify` prints: the text as it is. */
  toJSON(): unknown {
    countPrinted();
    return rawJSON(this.text);
  }
}

/** The number that JSON text of a number stands for: plain where printing it gives the same text. */
export const numberFromText = (text: string): number | ExactNumber => {
  const value = Number(text);
  // String(-0) is "0", so that "-0" is exact too.
  return String(value) === text ? value : new ExactNumber(text);
};

/** The number that a value is, to compute with; `undefined` for any other value. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  return value instanceof ExactNumber ? value.value : undefined;
};

const zero = 48;

/** Digits without zeros in front, and how many zeros at the end they would end in. */
const significant = (digits: string): { readonly digits: string; readonly zeros: number } => {
  let from = 0;
  let to = digits.length;
  while (from < to && digits.charCodeAt(from) === zero) from += 1;
  while (to > from && digits.charCodeAt(to - 1) === zero) to -= 1;
  return { digits: digits.slice(from, to), zeros: digits.length - to };
};

/** One text for each decimal value: `1.0`, `1` and `10e-1` have the same. */
const decimalOf = (text: string): string => {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const { digits, zeros } = significant(whole + fraction);
  if (digits === "") return "0";
  // Beyond this an exponent is no exact number any more: such a text equals itself only.
  if (exponent.length > 15) return text;
  return `${sign}${digits}e${Number(exponent) - fraction.length + zeros}`;
};

/** Whether two numbers have the same value, to the last digit, however they are written. */
export const sameNumber = (left: number | ExactNumber, right: number | ExactNumber): boolean =>
  typeof left === "number" && typeof right === "number"
    ? left === right
    : decimalOf(String(left)) === decimalOf(String(right));
