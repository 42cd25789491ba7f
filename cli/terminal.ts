import { type Paint, paintFor } from "./view/text.ts";

/** Where a command writes: results to stdout, errors and what is said on the way to stderr. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly note: (line: string) => void;
  readonly json: (value: unknown) => void;
  readonly paint: Paint;
  /** The same for stderr. */
  readonly paintNote: Paint;
  /** True for a terminal that can redraw lines; one that has no size or is dumb gets plain lines. */
  readonly isTty: boolean;
  /** Without a bound where nobody looks at it line by line. */
  readonly columns: () => number;
  readonly rows: () => number;
}

/** A pseudo-terminal without a size says 0. */
const columnsDefault = 80;

/** The process's own streams. */
export const processTerminal = (): Terminal => {
  const { stdout, stderr } = process;
  return {
    out: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    paint: paintFor(stdout),
    paintNote: paintFor(stderr),
    isTty: stdout.isTTY === true && stdout.rows > 0 && process.env["TERM"] !== "dumb",
    columns: () => (stdout.isTTY ? stdout.columns || columnsDefault : Number.POSITIVE_INFINITY),
    rows: () => stdout.rows,
  };
};
