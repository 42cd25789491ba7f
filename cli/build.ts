import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

/**
 * Builds `dist/`: the command with all that it needs, so that an installed package has no
 * dependencies. In chunks, so that a command reads only what it uses.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

/** Packages in CommonJS call `require` for what Node has built in. */
const banner =
  'import { createRequire as holdfastRequire } from "node:module";\n' +
  "const require = holdfastRequire(import.meta.url);";

const bundle = async (): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { holdfast: "cli/main.ts" },
    outdir: "dist",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Readable names in the stack traces that users send; white space is what is large.
    minifyWhitespace: true,
    keepNames: true,
    legalComments: "none",
    banner: { js: banner },
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
};

/** The folders of the packages in the bundle; one that is there in two versions has two. */
const packageFolders = (metafile: Metafile): readonly string[] => {
  const folders = Object.keys(metafile.inputs).flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? [],
  );
  return [...new Set(folders)].sort();
};

const licenceText = async (folder: string): Promise<string | undefined> => {
  const [name] = (await readdir(folder)).filter((file) => /^licen[cs]e/i.test(file)).sort();
  return name === undefined ? undefined : (await readFile(join(folder, name), "utf8")).trim();
};

const licences = async (metafile: Metafile): Promise<string> => {
  const texts: string[] = [];
  for (const folder of packageFolders(metafile).map((path) => join(root, path))) {
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
      name: string;
      version: string;
      license?: string;
    };
    const text = await licenceText(folder);
    const { name, version, license } = manifest;
    if (text === undefined && license === undefined) {
      throw new Error(`${name} is bundled and says nothing about its licence`);
    }
    texts.push(`${name} ${version} (${license ?? "see below"})\n\n${text ?? ""}`);
  }
  return `${texts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
};

await rm(dist, { recursive: true, force: true });
const metafile = await bundle();
await writeFile(join(dist, "LICENSES.txt"), await licences(metafile));
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`dist/holdfast.js and its chunks: ${Math.round(bytes / 1024)} KiB`);
