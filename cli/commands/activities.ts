import { connect } from "../environment/client.ts";
import type { KnownActivity, TagSet } from "../environment/process-contract.ts";
import { exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

const pathOf = (name: string): string => `/v1/activities/${encodeURIComponent(name)}`;

/** Lists the activities that were announced. */
export const activities = async ({ options, terminal }: Call): Promise<number> => {
  const client = await connect(options);
  const { items } = await readPages<Pick<KnownActivity, "name" | "createdAt">>(client, {
    path: "/v1/activities",
    field: "activities",
    limit: Number.POSITIVE_INFINITY,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  if (items.length === 0) {
    terminal.out(
      "No activity is announced. Announce one with: npx holdfast activities set NAME (only clients of Step Functions need it)",
    );
    return exitCodes.success;
  }
  const rows = items.map(({ name, createdAt }) => [name, localTime(createdAt)]);
  const head = ["ACTIVITY", "ANNOUNCED"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  return exitCodes.success;
};

interface SetOptions {
  readonly tag?: TagSet;
}

/** Announces an activity, or gives tags to one. */
export const setActivity = async (
  { options, terminal }: Call<SetOptions>,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const found = await client.find<KnownActivity>(pathOf(name));
  const tags = { ...found?.value.tags, ...options.tag };
  // Of what was just read: a change that somebody makes in between is not undone.
  const match =
    found === undefined ? ({ "if-none-match": "*" } as const) : { "if-match": found.etag };
  const made = await client.put<KnownActivity>(pathOf(name), { tags }, match);
  if (options.json === true) terminal.json(made);
  else terminal.out(`${printable(made.name)} is announced, ${localTime(made.createdAt)}`);
  return exitCodes.success;
};

/** Forgets that an activity was announced. */
export const removeActivity = async (
  { options, terminal }: Call,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const gone = await client.remove<KnownActivity>(pathOf(name));
  if (options.json === true) terminal.json(gone);
  else terminal.out(`${printable(gone.name)} is announced no more`);
  return exitCodes.success;
};
