import { connect } from "../environment/client.ts";
import type { Alias } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

const aliasesPath = (process: string): string =>
  `/v1/processes/${encodeURIComponent(process)}/aliases`;

const aliasPath = (process: string, name: string): string =>
  `${aliasesPath(process)}/${encodeURIComponent(name)}`;

const routesText = ([first, second]: Alias["routes"]): string => {
  const share = (route: Alias["routes"][number]) => `${route.version} (${route.weight} %)`;
  if (first === undefined) return "";
  return second === undefined ? String(first.version) : `${share(first)}, ${share(second)}`;
};

const aliasText = ({ process, name, routes }: Alias): string =>
  printable(`${name} of ${process} is version ${routesText(routes)}`);

/** Lists the aliases of a process. */
export const aliases = async ({ options, terminal }: Call, process: string): Promise<number> => {
  const client = await connect(options);
  const { items } = await readPages<Alias>(client, {
    path: aliasesPath(process),
    field: "aliases",
    limit: Number.POSITIVE_INFINITY,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  if (items.length === 0) {
    terminal.out(
      `${printable(process)} has no aliases. Make one with: npx holdfast aliases set ${printable(process)} live --route 1`,
    );
    return exitCodes.success;
  }
  const rows = items.map(({ name, routes, updatedAt, description = "" }) => [
    name,
    routesText(routes),
    localTime(updatedAt),
    description,
  ]);
  const head = ["ALIAS", "VERSION", "CHANGED", "DESCRIPTION"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  return exitCodes.success;
};

interface SetOptions {
  readonly route: Alias["routes"];
  readonly description?: string;
}

/** Makes an alias, or changes it. */
export const setAlias = async (
  { options, terminal }: Call<SetOptions>,
  process: string,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const path = aliasPath(process, name);
  const found = await client.find<Alias>(path);
  const { route: routes, description = found?.value.description } = options;
  // Of what was just read: a change that somebody makes in between is not undone.
  const match =
    found === undefined ? ({ "if-none-match": "*" } as const) : { "if-match": found.etag };
  const made = await client.put<Alias>(path, { routes, description }, match);
  if (options.json === true) terminal.json(made);
  else terminal.out(aliasText(made));
  return exitCodes.success;
};

/** Removes an alias; the versions stay. */
export const removeAlias = async (
  { options, terminal }: Call,
  process: string,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const gone = await client.remove<Alias>(aliasPath(process, name));
  if (options.json === true) terminal.json(gone);
  else terminal.out(`${printable(gone.name)} of ${printable(gone.process)} is no more`);
  return exitCodes.success;
};
