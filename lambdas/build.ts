/** Bundles the functions, each into a folder of its own; `node lambdas/build.ts` builds all of them into lambdas/dist. */
import { rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

/** The functions of an environment: each has a file of its name here. */
export const unitNames = ["northbound", "turn", "ingest", "sweep"] as const;

export type UnitName = (typeof unitNames)[number];

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packages in CommonJS call `require` for what Node.js has built in. */
const banner =
  "import { createRequire as holdfastRequire } from 'node:module';const require = holdfastRequire(import.meta.url);";

/**
 * An `import` of a module of Node.js reads its every export, and thereby loads what is behind them: of `node:http` the
 * client behind `fetch` and WebSocket, a fifth of what a function loads; of `node:fs` its streams. Asked for as
 * a value, what nobody reads stays where it is.
 */
const builtInAsValues: Plugin = {
  name: "built-in-as-values",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?[a-z0-9_]+(\/[a-z0-9]+)?$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ""), namespace: "built-in" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "built-in" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}");`,
    }));
  },
};

/** Zod's messages in fifty languages: none is asked for but the English, which has a path of its own. */
const oneLanguage: Plugin = {
  name: "one-language",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ importer }) =>
      importer.includes("/zod/") ? { path: "locales", namespace: "zod" } : undefined,
    );
    onLoad({ filter: /^locales$/, namespace: "zod" }, () => ({ contents: "export {};" }));
  },
};

/** Large packages that many instances never use: each is a file of its own, which is read where it is first called. */
const loadedWhenUsed = {
  jsonata: {
    file: "jsonata.cjs",
    stub: `export default (...given) => require("./jsonata.cjs")(...given);`,
  },
  "ajv/dist/2020.js": {
    file: "ajv.cjs",
    stub: `export class Ajv2020 {
      constructor(options) {
        return new (require("./ajv.cjs").Ajv2020)(options);
      }
    }`,
  },
} as const;

const isLoadedWhenUsed = (path: string): path is keyof typeof loadedWhenUsed =>
  path in loadedWhenUsed;

const stubs: Plugin = {
  name: "stubs",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(jsonata|ajv)/ }, ({ path }) =>
      isLoadedWhenUsed(path) ? { path, namespace: "stub" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "stub" }, ({ path }) =>
      isLoadedWhenUsed(path) ? { contents: loadedWhenUsed[path].stub } : undefined,
    );
  },
};

/** Names stay as they are written, for a log with a stack to be readable; whoever renames would have to keep each name at run time. */
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node24",
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "warning",
} as const;

const buildLoadedWhenUsed = (folder: string): readonly Promise<unknown>[] =>
  Object.entries(loadedWhenUsed).map(([path, { file }]) =>
    build({
      ...shared,
      entryPoints: [path],
      outfile: join(folder, file),
      format: "cjs",
      plugins: [builtInAsValues],
    }),
  );

/**
 * Bundles a function into `folder`, with its handler in `index.mjs`. The SDK is part of the bundle: what is left of
 * it there loads faster than the runtime's own. What only few invocations need lies in files of its own, for what
 * is not read costs nothing at a cold start.
 */
export const buildUnit = async (unit: UnitName, folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  const unitItself = build({
    ...shared,
    entryPoints: { index: `lambdas/${unit}.ts` },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    format: "esm",
    mainFields: ["module", "main"],
    external: Object.values(loadedWhenUsed).map(({ file }) => `./${file}`),
    banner: { js: banner },
    plugins: [builtInAsValues, oneLanguage, stubs],
  });
  await Promise.all([unitItself, ...buildLoadedWhenUsed(folder)]);
};

if (import.meta.main) {
  const folderOf = (unit: UnitName) => join(root, "lambdas/dist", unit);
  await Promise.all(unitNames.map((unit) => buildUnit(unit, folderOf(unit))));
}
