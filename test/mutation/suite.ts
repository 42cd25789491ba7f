/** The tests as plain functions that can be run any number of times: what vitest has, but no reports. */
import { createRequire } from "node:module";
import * as fastCheck from "fast-check";
import * as vitest from "vitest";
import { resettableMaps } from "./resettable-maps.ts";

export type TestFunction = () => unknown;
/** Asked by the core at every place where it has a mutant: is it this one? */
export type IsMutant = (number: number) => boolean;

export interface Suite {
  /** The tests of a file, loaded when first asked for. */
  readonly testsOf: (file: string) => readonly TestFunction[];
  /** Caches of the modules are again as they were right after loading. */
  readonly reset: () => void;
}

type Call = (...values: unknown[]) => unknown;

const load = createRequire(import.meta.url);

/** More random cases seldom tell more of a mutant, and would be run for thousands of them. */
const casesMax = 10;

// The same cases each time, and no time lost on the smallest of those that fail.
fastCheck.configureGlobal({ seed: 1, endOnFailure: true, numRuns: casesMax });

const fewerCases = {
  ...fastCheck,
  assert: (property: fastCheck.IRawProperty<unknown>, wanted: fastCheck.Parameters<unknown> = {}) =>
    fastCheck.assert(property, { ...wanted, numRuns: Math.min(wanted.numRuns ?? 100, casesMax) }),
};

const lastFunction = (values: readonly unknown[]): Call =>
  values.findLast((value) => typeof value === "function") as Call;

/** `test` or `describe`, which does `take` with what it is given, and its tables. */
const taking = (take: (run: TestFunction) => void) => {
  const context = { expect: vitest.expect };
  const one = (...values: unknown[]) => take(() => lastFunction(values)(context));
  const each =
    (rows: readonly unknown[]) =>
    (...values: unknown[]) => {
      for (const row of rows)
        take(() => lastFunction(values)(...(Array.isArray(row) ? row : [row])));
    };
  const of =
    (rows: readonly unknown[]) =>
    (...values: unknown[]) => {
      for (const row of rows) take(() => lastFunction(values)(row, context));
    };
  return Object.assign(one, { each, for: of });
};

/** What a script finds around it. */
interface Surroundings {
  readonly require: (name: string) => unknown;
  readonly module: { exports: Readonly<Record<string, () => void>> };
  readonly __mutant: IsMutant;
  readonly Map: MapConstructor;
  readonly WeakMap: WeakMapConstructor;
}

const scriptOf = (text: string) =>
  new Function("around", `const { require, module, __mutant, Map, WeakMap } = around; ${text}`) as (
    around: Surroundings,
  ) => void;

const noMutant: IsMutant = () => false;

/** The files of tests that a script has. */
export const filesOf = (text: string): readonly string[] => {
  const module: Surroundings["module"] = { exports: {} };
  scriptOf(text)({ require: load, module, __mutant: noMutant, Map, WeakMap });
  return Object.keys(module.exports);
};

/** Makes fresh copies of core and tests: nothing that one mutant did is seen by the next. */
export const suitesOf = (text: string): ((isMutant: IsMutant) => Suite) => {
  const script = scriptOf(text);
  return (__mutant) => {
    let tests: TestFunction[] = [];
    const test = taking((run) => void tests.push(run));
    const shim = { ...vitest, test, it: test, describe: taking((run) => void run()) };
    const replaced: Readonly<Record<string, unknown>> = { vitest: shim, "fast-check": fewerCases };
    const module: Surroundings["module"] = { exports: {} };
    const { whileLoading, reset, ...maps } = resettableMaps();
    script({ require: (name) => replaced[name] ?? load(name), module, __mutant, ...maps });
    const loaded = new Map<string, readonly TestFunction[]>();
    const testsOf = (file: string) => {
      const known = loaded.get(file);
      if (known !== undefined) return known;
      tests = [];
      whileLoading(() => module.exports[file]?.());
      loaded.set(file, tests);
      return tests;
    };
    return { testsOf, reset };
  };
};
