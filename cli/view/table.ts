import Table from "cli-table3";
import { type Paint, printable, shorten } from "./text.ts";

interface TableOptions {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly columns: number;
  readonly paint: Paint;
  /** How to colour the cells of a column, by its place. */
  readonly styles?: Readonly<Record<number, (text: string) => string>>;
}

const gap = 2;
const columnWidthMin = 8;

/**
 * The widths that there is room for: the widest columns give way first, the first column, which
 * names what one types into the next command, never.
 */
const widthsWithin = (natural: readonly number[], columns: number): readonly number[] => {
  const [first = 0, ...others] = natural;
  const room = columns - first - gap * others.length;
  for (let over = sum(others) - room; over > 0; over -= 1) {
    const widest = Math.max(...others);
    if (widest <= columnWidthMin) break;
    others[others.indexOf(widest)] = widest - 1;
  }
  return [first, ...others];
};

const sum = (widths: readonly number[]): number =>
  widths.reduce((total, width) => total + width, 0);

/** Rows under a head, without borders, as wide as the terminal at most; a pipe gets every cell in full. */
export const tableText = ({ head, rows, columns, paint, styles = {} }: TableOptions): string => {
  const cells = rows.map((row) => row.map(printable));
  const natural = head.map((title, at) =>
    Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const widths = widthsWithin(natural, columns);
  const none = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "" };
  const borders = { ...none, "bottom-mid": "", "bottom-left": "", "bottom-right": "", left: "" };
  const lines = {
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const table = new Table({
    chars: { ...borders, ...lines },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  table.push(head.map((title, at) => paint("dim", shorten(title, widths[at] ?? title.length))));
  for (const row of cells) {
    const shown = row.map((cell, at) => shorten(cell, widths[at] ?? cell.length));
    table.push(shown.map((cell, at) => styles[at]?.(cell) ?? cell));
  }
  return table.toString().replace(/[ ]+$/gm, "");
};
