import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CommandFailed } from "../exit.ts";

/** Whether a file is taken for one of tests, by its name. */
export const isTestFile = (name: string): boolean => /\.test\.(ya?ml|json)$/.test(name);

const isLookedInto = (name: string): boolean =>
  !name.startsWith(".") && name !== "node_modules" && name !== "dist";

const below = async (directory: string): Promise<readonly string[]> => {
  const entries = await readdir(directory, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && isLookedInto(entry.name)) found.push(...(await below(path)));
    else if (entry.isFile() && isTestFile(entry.name)) found.push(path);
  }
  return found;
};

const kindOf = async (path: string): Promise<"file" | "directory" | undefined> => {
  try {
    return (await stat(path)).isDirectory() ? "directory" : "file";
  } catch {
    return undefined;
  }
};

/** The test files that paths name: themselves, or all below a directory. */
export const findTestFiles = async (paths: readonly string[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const path of paths) {
    const kind = await kindOf(path);
    if (kind === undefined) throw new CommandFailed(`There is no ${path}`);
    found.push(...(kind === "directory" ? await below(path) : [path]));
  }
  if (found.length > 0) return [...new Set(found)];
  throw new CommandFailed(`There are no test files in ${paths.join(", ")}`, {
    next: "Put a NAME.test.yaml beside the process; docs/testing.md says what stands in it",
  });
};

const besideOf = (testFile: string): readonly string[] =>
  [testFile.replace(/\.test\.(ya?ml|json)$/, ""), join(dirname(testFile), "process")].flatMap(
    (base) => [".yaml", ".yml", ".json", ".asl.json"].map((ending) => `${base}${ending}`),
  );

const firstFile = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) if ((await kindOf(path)) === "file") return path;
  return undefined;
};

/** The process beside a test file: the one of its own name, or `process.yaml`; `undefined`: there is none. */
export const findProcessFile = (testFile: string): Promise<string | undefined> =>
  firstFile(besideOf(testFile));

/** The process that a test file is about: the one that it names, or the one beside it. */
export const processFileOf = async (
  testFile: string,
  named: string | undefined,
): Promise<string> => {
  const candidates = named === undefined ? besideOf(testFile) : [join(dirname(testFile), named)];
  const found = await firstFile(candidates);
  if (found !== undefined) return found;
  throw new CommandFailed(`${testFile} is about no process that there is`, {
    next: `Write "process: FILE" at its top; looked for ${candidates.join(", ")}`,
  });
};
