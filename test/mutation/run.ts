/**
 * `npm run mutation`: changes the core in small ways and says which changes no test notices.
 * docs/mutation.md
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { bundle, type FileMutant } from "./bundle.ts";
import type { Answer, Asked, Begin, Measured } from "./protocol.ts";
import { type Change, changeOf, describe, scores, type Trial } from "./report.ts";

const measureMsMax = 300_000;
/** A test that says nothing for so long loops. */
const testMsMax = 12_000;

interface Options {
  readonly files: string;
  readonly sample?: number;
  readonly seed: string;
  readonly minutes: number;
  readonly testers: number;
  readonly json?: string;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("A number above 0 is wanted.");
  return value;
};

const options = new Command("mutation")
  .description("Says which small changes of the core no test notices (docs/mutation.md).")
  .option("--files <glob>", "the files to change", "shared/core/**/*.ts")
  .option("--sample <count>", "so many mutants, drawn from all", positive)
  .option("--seed <text>", "another seed draws others", "1")
  .option("--minutes <minutes>", "begin no mutant after this time", positive, 60)
  .option("--testers <count>", "mutants at once", positive, 2)
  .option("--json <file>", "write the survivors to this file")
  .parse()
  .opts<Options>();

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The next thing that a tester tells; `undefined` if it says nothing in time or ends. */
const told = <T>(tester: ChildProcess, msMax: number): Promise<T | undefined> =>
  new Promise((done) => {
    const settle = (answer?: T) => {
      clearTimeout(timer);
      tester.removeAllListeners();
      done(answer);
    };
    const timer = setTimeout(() => settle(), msMax);
    tester.once("message", (answer) => settle(answer as T));
    tester.once("exit", () => settle());
  });

interface Tester {
  readonly process: ChildProcess;
  readonly measured: Measured;
}

const running = new Set<ChildProcess>();

const stop = (tester: ChildProcess): void => {
  tester.kill("SIGKILL");
  running.delete(tester);
};

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    for (const tester of running) tester.kill("SIGKILL");
    process.exit(1);
  });

const startTester = async (begin: Begin): Promise<Tester> => {
  const tester = fork(join(import.meta.dirname, "tester.ts"), {
    stdio: ["ignore", 2, 2, "ipc"],
    serialization: "advanced",
  });
  running.add(tester);
  tester.send(begin);
  const measured = await told<Measured>(tester, measureMsMax);
  if (measured !== undefined) return { process: tester, measured };
  stop(tester);
  throw new Error("Without any mutant the tests do not come to their end.");
};

interface Equivalent extends Change {
  readonly why: string;
}

const keyOf = ({ file, before, after }: Change): string => [file, before, after].join("\n");

const equivalents = new Set(
  (
    JSON.parse(
      readFileSync(join(import.meta.dirname, "equivalents.json"), "utf8"),
    ) as readonly Equivalent[]
  ).map(keyOf),
);

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The mutants to try in an order that follows from seed and mutant alone. */
const drawn = (mutants: readonly FileMutant[]): Trial[] => {
  const isMeant = ({ mutant }: Trial) =>
    matchesGlob(mutant.file, options.files) && !equivalents.has(keyOf(changeOf(mutant)));
  return mutants
    .map((mutant, number) => ({ mutant, number }))
    .filter(isMeant)
    .map((trial) => ({
      trial,
      order: hash(`${options.seed} ${trial.mutant.start} ${keyOf(changeOf(trial.mutant))}`),
    }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ trial }) => trial)
    .slice(0, options.sample);
};

const untilMs = performance.now() + options.minutes * 60_000;

interface Work {
  readonly begin: Begin & { readonly measured: Measured };
  readonly queue: Trial[];
  readonly tried: Trial[];
  readonly survivors: Trial[];
}

/** What the tests say of a mutant; `undefined` if one of them hangs or all is lost. */
const answerOf = async (
  tester: ChildProcess,
  number: number,
): Promise<{ readonly isAlive: boolean } | undefined> => {
  tester.send({ kind: "asked", number } satisfies Asked);
  for (;;) {
    const answer = await told<Answer>(tester, testMsMax);
    if (answer?.kind !== "busy") return answer;
  }
};

const survived = (work: Work, trial: Trial, note: string): void => {
  work.survivors.push(trial);
  say(`survived${note}  ${describe(trial)}`);
};

/** Takes one mutant after the other off the queue. */
const tryMutants = async (work: Work): Promise<void> => {
  const { begin, queue } = work;
  let tester: Tester | undefined;
  for (let trial = queue.pop(); trial !== undefined; trial = queue.pop()) {
    if (performance.now() > untilMs) {
      queue.push(trial);
      break;
    }
    const { number } = trial;
    work.tried.push(trial);
    if (work.tried.length % 200 === 0)
      say(`${work.tried.length} tried, ${work.survivors.length} survived`);
    if (begin.measured.askedMax[number] === 0) {
      survived(work, trial, ", no test comes by");
      continue;
    }
    tester ??= await startTester(begin);
    const answer = await answerOf(tester.process, number);
    if (answer?.isAlive === true) survived(work, trial, "");
    if (answer === undefined) {
      stop(tester.process);
      tester = undefined;
    }
  }
  if (tester !== undefined) stop(tester.process);
};

const main = async (): Promise<void> => {
  const { script, mutants } = await bundle();
  const queue = drawn(mutants).reverse();
  const begin: Begin = { kind: "begin", script, mutantCount: mutants.length };
  const { process: first, measured } = await startTester(begin);
  stop(first);
  say(`${queue.length} of ${mutants.length} mutants, ${measured.tests.length} tests`);
  if (measured.failing.length > 0) say(`without these tests: ${measured.failing.join("; ")}`);
  const work: Work = { begin: { ...begin, measured }, queue, tried: [], survivors: [] };
  await Promise.all(Array.from({ length: options.testers }, () => tryMutants(work)));
  if (queue.length > 0) say(`\n${queue.length} mutants were not tried: the time is over`);
  const meant = mutants.filter(
    (mutant) =>
      matchesGlob(mutant.file, options.files) && !equivalents.has(keyOf(changeOf(mutant))),
  );
  say(`\n${scores(work, meant)}`);
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      JSON.stringify(
        work.survivors.map(({ mutant }) => changeOf(mutant)),
        null,
        1,
      ),
    );
};

await main();
