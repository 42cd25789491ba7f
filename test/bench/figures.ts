/** What one figure was over the runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A tree of figures, one of a run or the spread of several. */
export interface Figures<Leaf> {
  readonly [name: string]: Leaf | Figures<Leaf>;
}

const round = (value: number): number => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return Number(value.toFixed(digits));
};

/** The value below which `percent` of the values lie (nearest rank); NaN of none. */
export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = [...values].sort((left, right) => left - right);
  const rank = Math.ceil((percent / 100) * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => percentile(values, 50);

const spreadOf = (values: readonly number[]): Spread => ({
  median: round(median(values)),
  min: round(Math.min(...values)),
  max: round(Math.max(...values)),
});

/** The spread of every figure over the runs; the runs have the same shape. */
export const spread = (runs: readonly Figures<number>[]): Figures<Spread> => {
  const [first] = runs;
  if (first === undefined) return {};
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => {
      const values = runs.map((run) => run[name] ?? Number.NaN);
      return typeof value === "number"
        ? [name, spreadOf(values as number[])]
        : [name, spread(values as Figures<number>[])];
    }),
  );
};

const isSpread = (value: Spread | Figures<Spread>): value is Spread =>
  typeof value["median"] === "number";

/** One line a figure: its name, the median and what it lay between. */
export const lines = (figures: Figures<Spread>, prefix = ""): readonly string[] =>
  Object.entries(figures).flatMap(([name, value]) =>
    isSpread(value)
      ? [`${(prefix + name).padEnd(34)} ${value.median}  (${value.min} to ${value.max})`]
      : lines(value, `${prefix}${name}.`),
  );

const COMPARED: readonly (readonly [path: string, isMoreBetter: boolean])[] = [
  ["W1.activitiesPerSecond", true],
  ["W1.p50Ms", false],
  ["W2.msPerActivity", false],
  ["W3.endToEndP50Ms", false],
  ["W4.startedPerSecond", true],
  ["W4.pssGrowthMb", false],
];

const medianAt = (figures: Figures<Spread>, path: string): number => {
  let found: Spread | Figures<Spread> | undefined = figures;
  for (const name of path.split("."))
    found = found === undefined || isSpread(found) ? undefined : found[name];
  return found !== undefined && isSpread(found) ? found.median : Number.NaN;
};

/** How many times better our medians are than those of a peer, where both measured the same. */
export const compare = (ours: Figures<Spread>, theirs: Figures<Spread>) => {
  const timesBetter = COMPARED.flatMap(([path, isMoreBetter]) => {
    const ratio = medianAt(ours, path) / medianAt(theirs, path);
    return Number.isFinite(ratio) ? [[path, round(isMoreBetter ? ratio : 1 / ratio)] as const] : [];
  });
  return { figures: theirs, timesBetter: Object.fromEntries(timesBetter) };
};
