import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isJsonObject, parseJson } from "#core/json.ts";
import { connect } from "../environment/client.ts";
import { ProblemAnswer } from "../environment/problem.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { showDeployed } from "./deploy.ts";
import { deployDocument } from "./document.ts";
import { readTextFile } from "./text-file.ts";

interface Shown {
  readonly name: string;
  readonly version: number;
  readonly document: string;
}

/** A plain definition has no name in it: its file has. */
const isPlainDefinition = (document: string): boolean => {
  try {
    const value = parseJson(document);
    return isJsonObject(value) && value["kind"] === undefined;
  } catch {
    return false;
  }
};

/** A file for the document of a process, named as whoever edits has called it: a shell is told that name. */
const fileFor = async (asked: string, { document }: Shown): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-edit-"));
  const name = encodeURIComponent(asked);
  const file = join(directory, isPlainDefinition(document) ? `${name}.asl.json` : `${name}.yaml`);
  await writeFile(file, document, { mode: 0o600 });
  return file;
};

const editorOf = ({ VISUAL, EDITOR }: NodeJS.ProcessEnv): string => {
  const editor = VISUAL || EDITOR;
  if (editor) return editor;
  throw new CommandFailed("Nothing says which editor", {
    next: "Name one in EDITOR: EDITOR=vi holdfast edit PROCESS",
  });
};

/** Whoever edits does so in this terminal; resolves when the editor has ended well. */
const openEditor = async (editor: string, file: string): Promise<void> => {
  // As a shell does it, for EDITOR may hold options.
  const child = spawn(`${editor} "${file}"`, { shell: true, stdio: "inherit" });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  if (code === 0) return;
  throw new CommandFailed(`The editor ended with exit code ${code}: nothing is deployed`, {
    next: `What it has written lies in ${file}`,
  });
};

const notDeployed = (error: unknown, file: string): unknown => {
  if (!(error instanceof CommandFailed)) return error;
  const { findings, message } = error;
  const kept = `Your text lies in ${file}: mend it, then holdfast deploy ${file}`;
  return new CommandFailed(message, { findings, next: kept, cause: error });
};

const overtaken = (error: unknown, { name, version }: Shown, file: string): unknown => {
  const isOvertaken = error instanceof ProblemAnswer && error.code === "precondition-failed";
  if (!isOvertaken) return notDeployed(error, file);
  const message = `${printable(name)} is not version ${version} any more: another version was deployed meanwhile`;
  return new CommandFailed(message, {
    next: [
      `holdfast diff ${printable(name)} --from ${version} says what changed`,
      `Your text lies in ${file}: bring both together, then holdfast deploy ${file}`,
    ],
    cause: error,
  });
};

/** Opens the document of a process in an editor, and deploys what comes of it unless somebody else was faster. */
export const edit = async (call: Call, name: string): Promise<number> => {
  const { options, terminal } = call;
  const editor = editorOf(process.env);
  const client = await connect(options);
  const path = `/v1/processes/${encodeURIComponent(name)}`;
  const shown = await client.get<Shown>(path);
  const file = await fileFor(name, shown);
  await openEditor(editor, file);
  const document = await readTextFile("the process document", file);
  if (document === shown.document) {
    await rm(dirname(file), { recursive: true });
    const { version } = shown;
    if (options.json === true) terminal.json({ name, version, isNew: false, warnings: [] });
    else terminal.out(`${printable(name)} version ${version} is as it was`);
    return exitCodes.success;
  }
  const match = { "if-match": `"${shown.version}"` };
  const deployed = await deployDocument(
    client,
    { fileName: basename(file), document },
    match,
  ).catch((error: unknown) => {
    throw overtaken(error, shown, file);
  });
  await rm(dirname(file), { recursive: true });
  showDeployed(deployed, basename(file), call);
  return exitCodes.success;
};
