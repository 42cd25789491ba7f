import { writeFile } from "node:fs/promises";
import { type Client, connect } from "../environment/client.ts";
import type { ProcessSummary, VersionDiff } from "../environment/contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

const processPath = (name: string, rest = ""): string =>
  `/v1/processes/${encodeURIComponent(name)}${rest}`;

/** Lists the versions of a process, the newest first. */
export const versions = async (
  { options, terminal }: Call<{ readonly limit: number }>,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const { items } = await readPages<ProcessSummary>(client, {
    path: processPath(name, "/versions"),
    field: "versions",
    limit: options.limit,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  const rows = items.map(({ version, deployedAt, deployedBy, description = "" }) => [
    String(version),
    localTime(deployedAt),
    deployedBy,
    description,
  ]);
  const head = ["VERSION", "DEPLOYED", "BY", "DESCRIPTION"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  return exitCodes.success;
};

interface DiffOptions {
  readonly from?: number;
  readonly to?: number;
}

const versionsToCompare = async (client: Client, name: string, { from, to }: DiffOptions) => {
  const { version: newest } = await client.get<ProcessSummary>(processPath(name));
  const last = to ?? newest;
  const first = from ?? last - 1;
  if (first >= 1) return { first, last };
  if (newest === 1)
    throw new CommandFailed(`${printable(name)} has one version: there is nothing to compare`, {
      next: `holdfast export ${printable(name)} shows it; the next one comes with holdfast deploy FILE`,
    });
  throw new CommandFailed(`There is no version of ${printable(name)} before ${last}`, {
    next: "Say which two: --from VERSION --to VERSION",
  });
};

const valueText = (value: unknown): string => printable(JSON.stringify(value));

/** Says how a version of a process differs from another. */
export const diff = async (
  { options, terminal }: Call<DiffOptions>,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const { first, last } = await versionsToCompare(client, name, options);
  const found = await client.get<VersionDiff>(processPath(name, `/versions/${first}/diff/${last}`));
  if (options.json === true) {
    terminal.json(found);
    return exitCodes.success;
  }
  const { out, paint } = terminal;
  out(paint("bold", `${printable(name)}  version ${first} -> ${last}`));
  if (found.differences.length === 0) out("no difference");
  for (const { kind, path, before, after } of found.differences) {
    out(printable(path));
    if (kind !== "added") out(paint("red", `  - ${valueText(before)}`));
    if (kind !== "removed") out(paint("green", `  + ${valueText(after)}`));
  }
  return exitCodes.success;
};

interface ExportOptions {
  readonly processVersion?: number;
  readonly to?: string;
}

/** Writes the document of a process as it was deployed. */
export const exportProcess = async (
  { options, terminal }: Call<ExportOptions>,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const found = await client.get<{ document: string; version: number }>(processPath(name), {
    version: options.processVersion,
  });
  const { document, version } = found;
  if (options.to === undefined) {
    if (options.json === true) terminal.json({ name, version, document });
    else terminal.out(document.replace(/\n$/, ""));
    return exitCodes.success;
  }
  try {
    await writeFile(options.to, document, { flag: "wx" });
  } catch (error) {
    throw new CommandFailed(`Cannot write ${options.to}: ${(error as Error).message}`, {
      next: "Name a file that is not there yet: --to FILE",
      cause: error,
    });
  }
  if (options.json === true) terminal.json({ name, version, file: options.to });
  else terminal.note(`${options.to} holds ${printable(name)} version ${version}`);
  return exitCodes.success;
};
