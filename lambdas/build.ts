/** Bundles the functions, each into a folder of its own; `node lambdas/build.ts` builds all of them into lambdas/dist. */
import { rm } from "node:fs/promises";
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
 * An `import` of `node:http` reads everything that it exports, and that loads the client behind `fetch` and WebSocket,
 * which is a fifth of what a function loads. Asked for as a value, it stays where it is.
 */
const httpWithoutFetch: Plugin = {
  name: "http-without-fetch",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: "http", namespace: "built-in" }));
    onLoad({ filter: /^http$/, namespace: "built-in" }, () => ({
      contents: 'module.exports = process.getBuiltinModule("node:http");',
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

/** What compiles JSON Schemas is set up for the first schema: most instances never meet one. */
const schemasWhenUsed: Plugin = {
  name: "schemas-when-used",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^ajv\/dist\/2020\.js$/ }, ({ namespace }) =>
      namespace === "file" ? { path: "ajv", namespace: "schemas" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "schemas" }, () => ({
      contents: `export class Ajv2020 {
        constructor(options) {
          return new (require("ajv/dist/2020.js").Ajv2020)(options);
        }
      }`,
      resolveDir: root,
    }));
  },
};

/**
 * Bundles a function into `folder`, with its handler in `index.mjs`. The SDK is part of the bundle: what is left of
 * it there loads faster than the runtime's own. What only few invocations need lies in files of its own, for what
 * is not read costs nothing at a cold start.
 */
export const buildUnit = async (unit: UnitName, folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { index: `lambdas/${unit}.ts` },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    minify: true,
    keepNames: true,
    banner: { js: banner },
    logLevel: "warning",
    plugins: [httpWithoutFetch, oneLanguage, schemasWhenUsed],
  });
};

if (import.meta.main) {
  const folderOf = (unit: UnitName) => join(root, "lambdas/dist", unit);
  await Promise.all(unitNames.map((unit) => buildUnit(unit, folderOf(unit))));
}
