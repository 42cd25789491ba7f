/** What is said of mutants: where they are, and the share of them that the tests notice. */
import { dirname } from "node:path";
import type { FileMutant } from "./bundle.ts";

export interface Trial {
  readonly number: number;
  readonly mutant: FileMutant;
}

export interface Results {
  readonly tried: readonly Trial[];
  readonly survivors: readonly Trial[];
}

/** A mutant as a reader sees it: the lines that it is in, without and with it. */
export interface Change {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

export const changeOf = ({ file, source, start, end, replacement }: FileMutant): Change => {
  const first = source.lastIndexOf("\n", start) + 1;
  const last = source.indexOf("\n", end - 1);
  const after = source.slice(first, start) + replacement + source.slice(end, last);
  return { file, before: oneLine(source.slice(first, last)), after: oneLine(after) };
};

const widthMax = 150;
const shortened = (text: string): string =>
  text.length > widthMax ? `${text.slice(0, widthMax)} ...` : text;

export const describe = ({ mutant }: Trial): string => {
  const { file, before, after } = changeOf(mutant);
  const line = mutant.source.slice(0, mutant.start).split("\n").length;
  return `${file}:${line}\n  - ${shortened(before)}\n  + ${shortened(after)}`;
};

/** Half the width of the interval that holds the share of all with 95 % certainty, if some are drawn. */
const uncertainty = (share: number, drawn: number, all: number): number =>
  1.96 * Math.sqrt(((share * (1 - share)) / drawn) * ((all - drawn) / Math.max(1, all - 1)));

const folderOf = (file: string): string => dirname(file).replace("shared/core", "core");

/** A table: a line a folder and one for all. */
export const scores = ({ tried, survivors }: Results, all: readonly FileMutant[]): string => {
  const line = (name: string, isMeant: (file: string) => boolean): string => {
    const count = tried.filter(({ mutant }) => isMeant(mutant.file)).length;
    const alive = survivors.filter(({ mutant }) => isMeant(mutant.file)).length;
    const known = all.filter(({ file }) => isMeant(file)).length;
    const share = (count - alive) / count;
    const percent = (100 * share).toFixed(1).padStart(5);
    const about = `+-${(100 * uncertainty(share, count, known)).toFixed(1)}`.padStart(6);
    const counts = [known, count, alive].map((value) => String(value).padStart(8)).join("");
    return `${percent} ${about}${counts}  ${name}`;
  };
  const folders = [...new Set(tried.map(({ mutant }) => folderOf(mutant.file)))].sort();
  return [
    "score  95 %  mutants   tried survived  folder",
    ...folders.map((folder) => line(folder, (file) => folderOf(file) === folder)),
    line("all", () => true),
  ].join("\n");
};
