/**
 * `npm run mutation`: changes the core in small ways and says which changes no test notices.
 * docs/mutation.md
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type Mutant, mutantsOf } from "./mutants.ts";
import type { Asked, Told } from "./protocol.ts";

/** A mutant that takes longer than this loops. */
const mutantMsMax = 90_000;
const readyMsMax = 240_000;

const repository = resolve(import.meta.dirname, "../..");
const cacheFolder = join(repository, "node_modules/.cache/mutation");
const killedFile = join(cacheFolder, "killed.json");

interface Options {
  readonly files: string;
  readonly sample?: number;
  readonly minutes: number;
  readonly testers: number;
  readonly fresh?: true;
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
  .option("--sample <count>", "so many mutants a file, drawn always the same", positive)
  .option("--minutes <minutes>", "begin no mutant after this time", positive, 20)
  .option("--testers <count>", "mutants at once", positive, 2)
  .option("--fresh", "forget which mutants were killed in earlier runs of an unchanged file")
  .option("--json <file>", "write the survivors to this file")
  .parse()
  .opts<Options>();

interface Trial extends Asked {
  readonly key: string;
  readonly source: string;
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 20);

const trialsOf = (file: string): readonly Trial[] => {
  const source = readFileSync(join(repository, file), "utf8");
  const of = hash(source);
  const all = mutantsOf(source).map((mutant) => ({
    file,
    mutant,
    source,
    key: `${of}/${mutant.start}-${mutant.end}/${mutant.replacement}`,
  }));
  if (options.sample === undefined) return all;
  const drawn = all.toSorted((a, b) => (hash(a.key) < hash(b.key) ? -1 : 1));
  return drawn.slice(0, options.sample);
};

const readKilled = (): Set<string> => {
  try {
    return new Set(JSON.parse(readFileSync(killedFile, "utf8")) as string[]);
  } catch {
    return new Set();
  }
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The next thing that a tester tells; `undefined` if it says nothing in time or ends. */
const told = (tester: ChildProcess, msMax: number): Promise<Told | undefined> =>
  new Promise((done) => {
    const settle = (answer?: Told) => {
      clearTimeout(timer);
      tester.removeAllListeners();
      done(answer);
    };
    const timer = setTimeout(() => settle(), msMax);
    tester.once("message", (answer: Told) => settle(answer));
    tester.once("exit", () => settle());
  });

const startTester = async (): Promise<ChildProcess> => {
  const tester = fork(join(import.meta.dirname, "tester.ts"), { stdio: ["ignore", 2, 2, "ipc"] });
  const answer = await told(tester, readyMsMax);
  if (answer?.kind === "ready") return tester;
  tester.kill("SIGKILL");
  const what = answer?.kind === "broken" ? `the tests of ${answer.file} fail` : "it did not start";
  throw new Error(`Without any mutant ${what}.`);
};

const lineOf = ({ source, mutant }: Trial): number =>
  source.slice(0, mutant.start).split("\n").length;

const shortened = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 90);

const describe = (trial: Trial): string => {
  const { start, end, replacement }: Mutant = trial.mutant;
  return `${trial.file}:${lineOf(trial)}  ${shortened(trial.source.slice(start, end))}  ->  ${shortened(replacement)}`;
};

interface Results {
  readonly killed: Set<string>;
  readonly tried: Trial[];
  readonly survivors: Trial[];
}

const untilMs = performance.now() + options.minutes * 60_000;

const keep = ({ killed, survivors }: Results): void => {
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(killedFile, JSON.stringify([...killed]));
  if (options.json !== undefined)
    writeFileSync(options.json, JSON.stringify(survivors.map(describe), null, 1));
};

/** Takes one mutant after the other off the queue. */
const work = async (queue: Trial[], results: Results): Promise<void> => {
  let tester: ChildProcess | undefined;
  for (let trial = queue.pop(); trial !== undefined; trial = queue.pop()) {
    if (performance.now() > untilMs) {
      queue.push(trial);
      break;
    }
    if (results.killed.has(trial.key)) {
      results.tried.push(trial);
      continue;
    }
    tester ??= await startTester();
    tester.send({ file: trial.file, mutant: trial.mutant } satisfies Asked);
    const answer = await told(tester, mutantMsMax);
    results.tried.push(trial);
    if (answer?.kind === "answer" && answer.isAlive) {
      results.survivors.push(trial);
      say(`survived  ${describe(trial)}`);
    } else results.killed.add(trial.key);
    if (answer === undefined) {
      tester.kill("SIGKILL");
      tester = undefined;
    }
    keep(results);
  }
  tester?.kill("SIGKILL");
};

const scores = ({ tried, survivors }: Results): void => {
  say("\nscore  killed  survived  file");
  const line = (name: string, count: number, alive: number) =>
    say(
      `${((100 * (count - alive)) / count).toFixed(1).padStart(5)}  ${String(count - alive).padStart(6)}  ${String(alive).padStart(8)}  ${name}`,
    );
  for (const file of [...new Set(tried.map((trial) => trial.file))].sort())
    line(
      file,
      tried.filter((trial) => trial.file === file).length,
      survivors.filter((trial) => trial.file === file).length,
    );
  line("all", tried.length, survivors.length);
};

const main = async (): Promise<void> => {
  const files = globSync(options.files, { cwd: repository }).sort();
  const trials = files.flatMap(trialsOf);
  const killed = options.fresh === true ? new Set<string>() : readKilled();
  const known = trials.filter(({ key }) => killed.has(key));
  // In any order but that of the files: what the time allows is a fair part of all.
  const queue = trials.toSorted((a, b) => (hash(a.key) < hash(b.key) ? -1 : 1));
  const results: Results = { killed, tried: [], survivors: [] };
  say(`${trials.length} mutants in ${files.length} files, ${known.length} known to be killed`);
  await Promise.all(Array.from({ length: options.testers }, () => work(queue, results)));
  if (queue.length > 0) say(`\n${queue.length} mutants were not tried: the time is over`);
  scores(results);
};

await main();
