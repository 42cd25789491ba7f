/** Bundles the functions, each into a folder of its own; `node lambdas/build.ts` builds all of them into lambdas/dist. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The functions of an environment: each has a file of its name here. */
export const unitNames = ["northbound", "turn", "ingest", "sweep"] as const;

export type UnitName = (typeof unitNames)[number];

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packages in CommonJS call `require` for what Node.js has built in. */
const banner =
  "import { createRequire as holdfastRequire } from 'node:module';const require = holdfastRequire(import.meta.url);";

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
  });
};

if (import.meta.main) {
  const folderOf = (unit: UnitName) => join(root, "lambdas/dist", unit);
  await Promise.all(unitNames.map((unit) => buildUnit(unit, folderOf(unit))));
}
