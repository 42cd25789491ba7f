/** What a tester is given first: core and tests in one script, and what is known of the tests. */
export interface Begin {
  readonly kind: "begin";
  readonly script: string;
  readonly mutantCount: number;
  /** Absent: the tester measures the tests. */
  readonly measured?: Measured;
}

/** What a run without any mutant showed. */
export interface Measured {
  readonly kind: "measured";
  /** The tests that pass. */
  readonly tests: readonly MeasuredTest[];
  /** Tests that fail in this surrounding, as "file, number". */
  readonly failing: readonly string[];
  /** How often at most one test asks for each mutant. */
  readonly askedMax: Uint32Array;
}

export interface MeasuredTest {
  readonly file: string;
  readonly index: number;
  /** What it takes to load its file and to run it. */
  readonly ms: number;
  /** One bit a mutant: whether the test asks for it. */
  readonly asks: Uint8Array;
}

/** A tester is asked whether all tests pass with this mutant. */
export interface Asked {
  readonly kind: "asked";
  readonly number: number;
}

export type Answer =
  /** It has begun another test. */
  { readonly kind: "busy" } | { readonly kind: "answer"; readonly isAlive: boolean };

export const asksFor = ({ asks }: MeasuredTest, number: number): boolean =>
  ((asks[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
