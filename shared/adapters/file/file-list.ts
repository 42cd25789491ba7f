import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "#core/json.ts";
import { type ActivityDefinition, ActivityError } from "../adapter.ts";
import { fileFailure } from "./file-root.ts";

const keysMax = 10_000;
const keysDefault = 1_000;

interface Asked {
  readonly Prefix?: string;
  readonly MaxKeys?: number;
  readonly ContinuationToken?: string;
}

/** The entries of a directory in the order of the keys of what is in them. */
const entriesOf = async (directory: string): Promise<readonly Dirent[]> => {
  const keyOf = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
};

/** Whether a key that begins with `start` may begin with `prefix` and come after `after`. */
const mayHold = (start: string, prefix: string, after: string): boolean =>
  (start.startsWith(prefix) || prefix.startsWith(start)) &&
  (start > after || after.startsWith(start));

/** Keys of plain files below a directory, in their order; links are passed over. */
async function* keysBelow(
  directory: string,
  start: string,
  wanted: { readonly prefix: string; readonly after: string },
): AsyncGenerator<string> {
  for (const entry of await entriesOf(directory)) {
    const key = start + entry.name;
    if (entry.isDirectory() && mayHold(`${key}/`, wanted.prefix, wanted.after))
      yield* keysBelow(join(directory, entry.name), `${key}/`, wanted);
    if (entry.isFile() && key.startsWith(wanted.prefix) && key > wanted.after) yield key;
  }
}

const described = async (root: string, key: string): Promise<Json | undefined> => {
  try {
    const { size, mtimeMs } = await lstat(join(root, key));
    return { Key: key, LastModified: Math.floor(mtimeMs / 1000), Size: size };
  } catch (thrown) {
    // It is gone since its directory was read.
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
};

const listed = async (root: string, asked: Asked): Promise<Json> => {
  const { Prefix: prefix = "", ContinuationToken: after = "", MaxKeys = keysDefault } = asked;
  const found: Json[] = [];
  let last = "";
  for await (const key of keysBelow(root, "", { prefix, after })) {
    if (found.length === MaxKeys) return { Contents: found, NextContinuationToken: last };
    const file = await described(root, key);
    if (file !== undefined) found.push(file);
    last = key;
  }
  return { Contents: found };
};

/** Lists files in the form of S3's ListObjectsV2, so that a Map state reads either. */
export const list = (root: string): ActivityDefinition => ({
  title: "List files",
  description:
    "Lists plain files below the directory for files, by their paths, a page at a time; the fields are those of S3's ListObjectsV2.",
  input: {
    type: "object",
    properties: {
      Prefix: {
        type: "string",
        maxLength: 1_000,
        description: "Files whose path begins so, such as reports/2026-; all where it is absent.",
      },
      MaxKeys: { type: "integer", minimum: 1, maximum: keysMax, default: keysDefault },
      ContinuationToken: {
        type: "string",
        maxLength: 4_096,
        description: "What the page before gave as NextContinuationToken.",
      },
    },
    additionalProperties: false,
  },
  output: {
    type: "object",
    properties: {
      Contents: {
        type: "array",
        items: {
          type: "object",
          properties: {
            Key: { type: "string", description: "Path below the directory for files." },
            LastModified: { type: "integer", description: "In seconds since 1970." },
            Size: { type: "integer", description: "In bytes." },
          },
          required: ["Key", "LastModified", "Size"],
        },
      },
      NextContinuationToken: { type: "string", description: "Absent on the last page." },
    },
    required: ["Contents"],
    additionalProperties: false,
  },
  flags: { readOnly: true, restartable: true, verifiable: false },
  errors: { "File.AccessFailed": "The system refused access to a directory." },
  run: async (json) => {
    try {
      return await listed(root, json as Asked);
    } catch (thrown) {
      const failure = fileFailure("the directory for files", thrown);
      // Nothing was ever written there.
      if (failure instanceof ActivityError && failure.error === "File.NotFound")
        return { Contents: [] };
      throw failure;
    }
  },
});
