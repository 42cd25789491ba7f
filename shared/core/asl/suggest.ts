/** Candidates looked at for one word; a definition may name thousands of states. */
const candidateCountMax = 1000;
const wordLengthMax = 100;

interface Rows {
  readonly beforeLast: readonly number[];
  readonly last: readonly number[];
}

/** The next row of the table of edit distances between prefixes of `a` and prefixes of `b`. */
const nextRow = (a: string, b: string, rows: Rows): number[] => {
  const { beforeLast, last } = rows;
  const i = (last[0] ?? 0) + 1;
  const row = [i];
  for (let j = 1; j <= b.length; j += 1) {
    const cost = a[i - 1] === b[j - 1] ? 0 : 1;
    const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    row[j] = Math.min(
      (last[j] ?? 0) + 1,
      (row[j - 1] ?? 0) + 1,
      (last[j - 1] ?? 0) + cost,
      isSwap ? (beforeLast[j - 2] ?? Number.POSITIVE_INFINITY) + 1 : Number.POSITIVE_INFINITY,
    );
  }
  return row;
};

/** Edit distance where swapping two neighbours counts as one edit, too. */
const distance = (a: string, b: string): number => {
  let rows: Rows = { beforeLast: [], last: Array.from({ length: b.length + 1 }, (_, j) => j) };
  for (let i = 0; i < a.length; i += 1) rows = { beforeLast: rows.last, last: nextRow(a, b, rows) };
  return rows.last[b.length] ?? 0;
};

/** The candidates that someone who wrote `word` may have meant, nearest first. */
export const nearest = (word: string, candidates: readonly string[]): readonly string[] => {
  if (word.length > wordLengthMax) return [];
  const wanted = word.toLowerCase();
  const tolerance = Math.min(3, Math.ceil(word.length / 3));
  return candidates
    .slice(0, candidateCountMax)
    .filter((candidate) => Math.abs(candidate.length - word.length) <= tolerance)
    .filter((candidate) => word.length > 4 || candidate[0]?.toLowerCase() === wanted[0])
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= tolerance)
    .sort((a, b) => a.edits - b.edits)
    .map(({ candidate }) => candidate);
};

/** `one of "A", "B" or "C"`, for messages. */
export const listed = (words: readonly string[]): string => {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} or ${last}`;
};

/** `; did you mean "Next"?`, or what may stand there, or nothing if that would be a long list. */
export const suggestion = (word: string, candidates: readonly string[]): string => {
  const near = nearest(word, candidates).slice(0, 3);
  if (near.length > 0) return `; did you mean ${listed(near)}?`;
  if (candidates.length > 0 && candidates.length <= 12) return `; write ${listed(candidates)}`;
  return "";
};
