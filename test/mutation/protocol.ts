import type { Mutant } from "./mutants.ts";

/** What a tester is asked: whether the tests pass with this mutant in this file. */
export interface Asked {
  readonly file: string;
  readonly mutant: Mutant;
}

/** What a tester tells. */
export type Told =
  | { readonly kind: "ready" }
  /** The tests of this file fail without any mutant. */
  | { readonly kind: "broken"; readonly file: string }
  | { readonly kind: "answer"; readonly isAlive: boolean };
