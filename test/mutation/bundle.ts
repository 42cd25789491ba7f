/** One script of the core with all its mutants in it and of the tests that know about it. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type OnLoadResult } from "esbuild";
import type { Mutant } from "./mutants.ts";
import { schemataOf } from "./schemata.ts";

const repository = resolve(import.meta.dirname, "../..");

const testGlobs = [
  "test/unit/{asl,errors,execution,expressions,json,language,map-run,orchestration,test-state}/**/*.test.ts",
  "test/{conformance,golden}/*.test.ts",
  "test/sim/{map-runs,outside}.test.ts",
];

/** A mutant of a file of the repository. */
export interface FileMutant extends Mutant {
  readonly file: string;
  readonly source: string;
}

export interface Bundle {
  /** To be called with `require`, `module` and `__mutant`; exports a function a test file that loads it. */
  readonly script: string;
  /** In the order of their numbers. */
  readonly mutants: readonly FileMutant[];
}

const inCore = (): { readonly texts: Map<string, string>; readonly mutants: FileMutant[] } => {
  const texts = new Map<string, string>();
  const mutants: FileMutant[] = [];
  for (const file of globSync("shared/core/**/*.ts", { cwd: repository }).sort()) {
    const source = readFileSync(join(repository, file), "utf8");
    const schemata = schemataOf(source, mutants.length);
    texts.set(join(repository, file), schemata.text);
    for (const mutant of schemata.mutants) mutants.push({ ...mutant, file, source });
  }
  return { texts, mutants };
};

/** In one script every file must be told where it lay. */
const placed = (path: string): OnLoadResult => ({
  loader: "ts",
  contents: readFileSync(path, "utf8")
    .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
    .replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
});

export const bundle = async (): Promise<Bundle> => {
  const { texts, mutants } = inCore();
  const tests = globSync(testGlobs, { cwd: repository }).sort();
  const loaders = tests.map((file) => `${JSON.stringify(file)}: () => require("./${file}")`);
  const { outputFiles } = await build({
    stdin: { contents: `module.exports = {${loaders.join(",\n")}};`, resolveDir: repository },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node24",
    external: ["vitest", "fast-check", "jsonata"],
    logLevel: "error",
    plugins: [
      {
        name: "mutants",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const contents = texts.get(path);
            if (contents !== undefined) return { loader: "ts", contents };
            return path.startsWith(join(repository, "test/")) ? placed(path) : undefined;
          });
        },
      },
    ],
  });
  return { script: outputFiles[0]?.text ?? "", mutants };
};
