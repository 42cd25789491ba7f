/**
 * Runs the tests against one mutant after the other, as a child process that `run.ts` ends when a
 * mutant loops for ever. Mutants exist in memory only: the files stay as they are.
 */
import {
  type Answer,
  type Asked,
  asksFor,
  type Begin,
  type Measured,
  type MeasuredTest,
} from "./protocol.ts";
import { filesOf, type Suite, suitesOf, type TestFunction } from "./suite.ts";

/** A test that waits for longer waits for ever. */
const testMsMax = 5_000;

// Tests and mutants may say what they like: the answer is all that is wanted.
console.log = () => undefined;
console.info = console.log;
process.on("unhandledRejection", () => undefined);
process.once("disconnect", () => process.exit());

const inTime = async (run: TestFunction): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error("The test does not end.")), testMsMax);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
};

const tell = (answer: Answer): void => void process.send?.(answer);

/** Says now and then that no test hangs. */
const busy = () => {
  let toldMs = performance.now();
  return (): void => {
    if (performance.now() - toldMs < 500) return;
    toldMs = performance.now();
    tell({ kind: "busy" });
  };
};

const passes = async (run: TestFunction | undefined): Promise<boolean> => {
  try {
    if (run !== undefined) await inTime(run);
    return true;
  } catch {
    return false;
  }
};

/** Counts how often each mutant is asked for. */
class Counts {
  readonly asked: Uint32Array;
  readonly askedMax: Uint32Array;

  constructor(mutantCount: number) {
    this.asked = new Uint32Array(mutantCount);
    this.askedMax = new Uint32Array(mutantCount);
  }

  readonly ask = (number: number): boolean => {
    this.asked[number] = (this.asked[number] ?? 0) + 1;
    return false;
  };

  /** One bit a mutant: whether it was asked for. */
  bits(): Uint8Array {
    const bits = new Uint8Array(Math.ceil(this.asked.length / 8));
    for (const [number, count] of this.asked.entries()) {
      if (count === 0) continue;
      bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7));
      this.askedMax[number] = Math.max(this.askedMax[number] ?? 0, count);
    }
    return bits;
  }
}

interface MeasuredFile {
  readonly tests: readonly MeasuredTest[];
  readonly failing: readonly string[];
}

const measureFile = async (file: string, suite: Suite, counts: Counts): Promise<MeasuredFile> => {
  const tests: MeasuredTest[] = [];
  const failing: string[] = [];
  counts.asked.fill(0);
  const startedMs = performance.now();
  const runs = suite.testsOf(file);
  const loadMs = performance.now() - startedMs;
  const atLoad = counts.asked.slice();
  for (const [index, run] of runs.entries()) {
    counts.asked.set(atLoad);
    suite.reset();
    const testedMs = performance.now();
    const isPassed = await passes(run);
    const ms = loadMs + performance.now() - testedMs;
    if (isPassed) tests.push({ file, index, ms, asks: counts.bits() });
    else failing.push(`${file}, ${index}`);
  }
  return { tests, failing };
};

const measure = async ({ script, mutantCount }: Begin): Promise<Measured> => {
  const fresh = suitesOf(script);
  const counts = new Counts(mutantCount);
  const files: MeasuredFile[] = [];
  for (const file of filesOf(script))
    files.push(await measureFile(file, fresh(counts.ask), counts));
  return {
    kind: "measured",
    tests: files.flatMap(({ tests }) => tests).sort((a, b) => a.ms - b.ms),
    failing: files.flatMap(({ failing }) => failing),
    askedMax: counts.askedMax,
  };
};

/** Makes the mutant, but not for ever: a loop that asks for it again and again is ended. */
const only = (mutant: number, askedMax: number) => {
  let left = 100 + 10 * askedMax;
  return (number: number): boolean => {
    if (number !== mutant) return false;
    left -= 1;
    if (left < 0) throw new Error("The mutant loops.");
    return true;
  };
};

const survivesOf = ({ script }: Begin, { tests, askedMax }: Measured) => {
  const fresh = suitesOf(script);
  return async ({ number }: Asked): Promise<boolean> => {
    const suite: Suite = fresh(only(number, askedMax[number] ?? 0));
    const sayBusy = busy();
    for (const test of tests) {
      if (!asksFor(test, number)) continue;
      sayBusy();
      const run = (): unknown => suite.testsOf(test.file)[test.index]?.();
      if (!(await passes(run))) return false;
    }
    return true;
  };
};

process.once("message", async (begin: Begin) => {
  const measured = begin.measured ?? (await measure(begin));
  const survives = survivesOf(begin, measured);
  process.on("message", async (asked: Asked) => {
    tell({ kind: "answer", isAlive: await survives(asked) });
  });
  process.send?.(measured);
});
