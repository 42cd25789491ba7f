/**
 * Runs the tests against one mutant after the other, as a child process that `run.ts` ends when a
 * mutant loops for ever. Mutants exist in memory only: the files stay as they are.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { createVitest, type TestSpecification, type Vitest } from "vitest/node";
import { withMutant } from "./mutants.ts";
import type { Asked, Told } from "./protocol.ts";

/** Test files that take longer come after all others. */
const quickMsMax = 2_000;

const repository = resolve(import.meta.dirname, "../..");
let mutated: { readonly file: string; readonly source: string } | undefined;

const tell = (told: Told): void => {
  process.send?.(told);
};

const start = (): Promise<Vitest> =>
  createVitest(
    "test",
    {
      root: repository,
      config: false,
      // A module that was cached on disk would be taken without its mutant.
      fsModuleCache: false,
      watch: false,
      include: [
        "test/unit/{asl,execution,expressions,language}/**/*.test.ts",
        "test/conformance/*.test.ts",
      ],
      reporters: [{}],
      bail: 1,
      pool: "threads",
      maxWorkers: 1,
      fileParallelism: false,
      silent: true,
      testTimeout: 20_000,
      slowTestThreshold: 1e9,
    },
    {
      logLevel: "silent",
      plugins: [
        {
          name: "mutant",
          enforce: "pre",
          load: (id) => (id.split("?")[0] === mutated?.file ? mutated?.source : undefined),
        },
      ],
    },
  );

const vitest = await start();

const passes = async (specifications: TestSpecification[]): Promise<boolean> => {
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  return unhandledErrors.length === 0 && testModules.every((module) => module.ok());
};

interface Group {
  /** The folder of the core that these tests are about; absent: any. */
  readonly area?: string;
  readonly specifications: TestSpecification[];
}

const areaOf = (file: string): string => basename(dirname(file));

/** The quick files at once, then each slow one, which tells only of what it is about. */
const groupsOf = async (): Promise<readonly Group[]> => {
  const quick: TestSpecification[] = [];
  const slow: Group[] = [];
  for (const specification of await vitest.globTestSpecifications()) {
    const startedMs = performance.now();
    if (!(await passes([specification]))) tell({ kind: "broken", file: specification.moduleId });
    if (performance.now() - startedMs < quickMsMax) quick.push(specification);
    else slow.push({ area: areaOf(specification.moduleId), specifications: [specification] });
  }
  return [{ specifications: quick }, ...slow];
};

const groups = await groupsOf();

const survives = async ({ file, mutant }: Asked): Promise<boolean> => {
  const path = resolve(repository, file);
  if (mutated !== undefined) vitest.invalidateFile(mutated.file);
  mutated = { file: path, source: withMutant(readFileSync(path, "utf8"), mutant) };
  vitest.invalidateFile(path);
  for (const { area, specifications } of groups) {
    const isAbout = area === undefined || file.includes(`/${area}/`);
    if (isAbout && !(await passes(specifications))) return false;
  }
  return true;
};

process.on("message", (asked: Asked) => {
  survives(asked).then(
    (isAlive) => tell({ kind: "answer", isAlive }),
    () => tell({ kind: "answer", isAlive: false }),
  );
});
tell({ kind: "ready" });
