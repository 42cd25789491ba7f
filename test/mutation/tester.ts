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

const measure = async ({ script, mutantCount }: Begin): Promise<Measured> => {
  const fresh = suitesOf(script);
  const asked = new Uint32Array(mutantCount);
  const askedMax = new Uint32Array(mutantCount);
  const tests: MeasuredTest[] = [];
  const failing: string[] = [];
  for (const file of filesOf(script)) {
    asked.fill(0);
    const startedMs = performance.now();
    const suite = fresh((number) => {
      asked[number] = (asked[number] ?? 0) + 1;
      return false;
    });
    const runs = suite.testsOf(file);
    const loadMs = performance.now() - startedMs;
    const atLoad = asked.slice();
    for (const [index, run] of runs.entries()) {
      asked.set(atLoad);
      suite.reset();
      const testedMs = performance.now();
      const isPassed = await passes(run);
      const ms = loadMs + performance.now() - testedMs;
      const asks = new Uint8Array(Math.ceil(mutantCount / 8));
      for (const [number, count] of asked.entries()) {
        if (count === 0) continue;
        asks[number >> 3] = (asks[number >> 3] ?? 0) | (1 << (number & 7));
        askedMax[number] = Math.max(askedMax[number] ?? 0, count);
      }
      if (isPassed) tests.push({ file, index, ms, asks });
      else failing.push(`${file}, ${index}`);
    }
  }
  return { kind: "measured", tests: tests.sort((a, b) => a.ms - b.ms), failing, askedMax };
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
