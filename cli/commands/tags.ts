import { tagFrom } from "../arguments.ts";
import { type Client, connect, type Found } from "../environment/client.ts";
import type { Tagged, TagSet } from "../environment/process-contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { printable } from "../view/text.ts";
import type { Call, CallOfWords } from "./call.ts";

interface TagsOptions {
  readonly activity?: boolean;
}

/** Where the tags of a process or an activity are read and changed. */
const pathOf = (name: string, { activity }: TagsOptions): string => {
  const path = encodeURIComponent(name);
  return activity === true ? `/v1/activities/${path}` : `/v1/processes/${path}/tags`;
};

const show = (tags: TagSet, { options, terminal }: Call): number => {
  const rows = Object.entries(tags).map(([name, value]) => [name, value]);
  if (options.json === true) terminal.json(tags);
  else if (rows.length === 0) terminal.out("no tags");
  else {
    const { columns, paint } = terminal;
    terminal.out(tableText({ head: ["TAG", "VALUE"], rows, columns: columns(), paint }));
  }
  return exitCodes.success;
};

/** Shows the tags of a process or an activity. */
export const tags = async (call: Call<TagsOptions>, name: string): Promise<number> => {
  const client = await connect(call.options);
  return show((await client.get<Tagged>(pathOf(name, call.options))).tags, call);
};

/** Puts what is made of the tags that were read: a change that somebody makes in between is not undone. */
const change = async (
  call: Call<TagsOptions>,
  name: string,
  next: (tags: TagSet) => TagSet,
): Promise<number> => {
  const client: Client = await connect(call.options);
  const path = pathOf(name, call.options);
  const found: Found<Tagged> = await client.existing<Tagged>(path);
  const body = { tags: next(found.value.tags) };
  const made = await client.put<Tagged>(path, body, { "if-match": found.etag });
  return show(made.tags, call);
};

/** Sets tags of a process or an activity; others stay. */
export const setTags = async (call: CallOfWords<TagsOptions>, name: string): Promise<number> => {
  const given = call.words.slice(1).reduce<TagSet>((before, word) => tagFrom(word, before), {});
  return change(call, name, (before) => ({ ...before, ...given }));
};

/** Removes tags of a process or an activity. */
export const removeTags = async (call: CallOfWords<TagsOptions>, name: string): Promise<number> => {
  const names = call.words.slice(1);
  return change(call, name, (before) => {
    const missing = names.find((each) => !Object.hasOwn(before, each));
    if (missing !== undefined)
      throw new CommandFailed(`${printable(name)} has no tag ${printable(missing)}`, {
        next: `holdfast tags ${printable(name)} lists them`,
      });
    return Object.fromEntries(Object.entries(before).filter(([each]) => !names.includes(each)));
  });
};
