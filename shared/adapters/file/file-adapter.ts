import { isUtf8 } from "node:buffer";
import { withPlainFields } from "#core/exact-json/plain-json.ts";
import type { Json } from "#core/json.ts";
import { type ActivityDefinition, ActivityError, type Adapter, type Verdict } from "../adapter.ts";
import { list } from "./file-list.ts";
import { type FileRoot, fileFailure, fileRoot, type OpenFile, type OpenMode } from "./file-root.ts";
import { findLine } from "./find-line.ts";
import { stretchOf } from "./stretch.ts";

/** Bytes that a read gives back at most where the parameters do not say. */
const readSizeDefault = 1_048_576;

/** Bytes that a read may ask for: what is read becomes part of the execution. */
const readSizeMax = 16_777_216;

/** Characters of one line. */
const lineLengthMax = 65_536;

const path: Json = {
  type: "string",
  minLength: 1,
  maxLength: 1_000,
  description: "Below the directory for files; parts are separated by a slash.",
};

const pathErrors = {
  "File.PathRefused": "The path leads out of the directory for files, over a link, or to no file.",
  "File.NotFound": "There is no such file.",
  "File.AccessFailed": "The system refused access for another reason.",
};

/** Opens, uses and closes a file, and translates what goes wrong. */
const withFile = async (
  root: FileRoot,
  target: { readonly path: string; readonly mode: OpenMode },
  use: (opened: OpenFile) => Promise<Json>,
): Promise<Json> => {
  try {
    const opened = await root.open(target.path, target.mode);
    try {
      return await use(opened);
    } finally {
      await opened.file.close();
    }
  } catch (thrown) {
    throw fileFailure(target.path, thrown);
  }
};

interface AppendParameters {
  readonly path: string;
  readonly line: string;
  readonly restartable?: boolean;
  readonly unique?: boolean;
}

/** Whether a line was added: one that is not there was not, and one that is there was if nobody else adds it. */
const verifyAppend = async (
  root: FileRoot,
  { path: name, line, unique }: AppendParameters,
): Promise<Verdict> => {
  try {
    const { file } = await root.open(name, "read");
    try {
      const found = await findLine(file, line);
      if (found === "missing") return { happened: false };
      if (found === "unclear") return { reason: `${name} ends in the middle of a line` };
      if (unique !== true)
        return { reason: `${name} has this line; only with "unique" that means that it was added` };
      await file.datasync();
      return { happened: true, output: { bytes: Buffer.byteLength(line) + 1 } };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const failure = fileFailure(name, thrown);
    if (failure instanceof ActivityError && failure.error === "File.NotFound")
      return { happened: false };
    throw failure;
  }
};

const append = (root: FileRoot): ActivityDefinition => ({
  title: "Append a line",
  description:
    "Adds a line to a file, which is made if it is missing. The line is on the disk when the activity succeeds; lines of several executions never mix.",
  input: {
    type: "object",
    properties: {
      path,
      line: { type: "string", maxLength: lineLengthMax, pattern: "^[^\\n\\r]*$" },
      restartable: {
        type: "boolean",
        default: false,
        description:
          "Whether the line may be added again when it is not known if it was: say true where a double line does no harm.",
      },
      unique: {
        type: "boolean",
        default: false,
        description:
          "Whether nothing else adds the same line to the file: then finding it tells that it was added, should the server be lost meanwhile.",
      },
    },
    required: ["path", "line"],
    additionalProperties: false,
  },
  output: {
    type: "object",
    properties: { bytes: { type: "integer", description: "Added, the line end included." } },
    required: ["bytes"],
    additionalProperties: false,
  },
  flags: (parameters) => ({
    readOnly: false,
    restartable: (parameters as { restartable?: boolean }).restartable === true,
    verifiable: true,
  }),
  errors: {
    ...pathErrors,
    "File.StorageFull": "The disk is full; the end of the file may hold a part of the line.",
  },
  verify: (json) => verifyAppend(root, json as unknown as AppendParameters),
  run: (json) => {
    const parameters = json as unknown as AppendParameters;
    return withFile(root, { path: parameters.path, mode: "append" }, async ({ file }) => {
      const bytes = Buffer.from(`${parameters.line}\n`);
      // One write, because only a single write is atomic among those who append.
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length)
        throw new ActivityError(
          "File.StorageFull",
          `${parameters.path}: only ${bytesWritten} of ${bytes.length} bytes could be added; free space and repair the last line`,
        );
      await file.datasync();
      return { bytes: bytesWritten };
    });
  },
});

const tooLarge = (name: string, size: number, sizeMax: number): ActivityError =>
  new ActivityError(
    "File.TooLarge",
    `${name} has ${size} bytes or more, at most ${sizeMax} are read: raise "maxBytes" up to ${readSizeMax}`,
  );

/** Reads to the end, which may be further than the size said when the file was opened. */
const contentOf = async (
  { file, size }: OpenFile,
  { name, sizeMax }: { readonly name: string; readonly sizeMax: number },
): Promise<Buffer> => {
  if (size > sizeMax) throw tooLarge(name, size, sizeMax);
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, total);
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > sizeMax) throw tooLarge(name, total, sizeMax);
    chunks.push(buffer.subarray(0, bytesRead));
  }
};

const textOf = (bytes: Buffer, name: string): string => {
  if (isUtf8(bytes)) return bytes.toString();
  throw new ActivityError("File.NotText", `${name} is not UTF-8 text`);
};

const read = (root: FileRoot): ActivityDefinition => ({
  title: "Read a file",
  description: "Gives back the text of a file.",
  input: {
    type: "object",
    properties: {
      path,
      maxBytes: { type: "integer", minimum: 0, maximum: readSizeMax, default: readSizeDefault },
      offset: {
        type: "integer",
        minimum: 0,
        description: "Reads a stretch: from this byte on. A character is never cut in two.",
      },
      length: { type: "integer", minimum: 4, maximum: readSizeMax, description: "Of a stretch." },
    },
    dependentRequired: { offset: ["length"], length: ["offset"] },
    required: ["path"],
    additionalProperties: false,
  },
  output: {
    type: "object",
    properties: {
      text: { type: "string" },
      bytes: { type: "integer" },
      isEnd: { type: "boolean", description: "Of a stretch: whether the file ends with it." },
    },
    required: ["text", "bytes"],
    additionalProperties: false,
  },
  flags: { readOnly: true, restartable: true, verifiable: false },
  errors: {
    ...pathErrors,
    "File.TooLarge": "The file is larger than maxBytes.",
    "File.NotText": "The file is not UTF-8 text.",
  },
  run: (json) => {
    const parameters = withPlainFields(json) as {
      readonly path: string;
      readonly maxBytes?: number;
      readonly offset?: number;
      readonly length?: number;
    };
    const { offset, length } = parameters;
    if (offset !== undefined && length !== undefined)
      return withFile(root, { path: parameters.path, mode: "read" }, async ({ file }) => {
        const { bytes, isEnd } = await stretchOf(file, { offset, length });
        return { text: textOf(bytes, parameters.path), bytes: bytes.length, isEnd };
      });
    const sizeMax = parameters.maxBytes ?? readSizeDefault;
    return withFile(root, { path: parameters.path, mode: "read" }, async (opened) => {
      const bytes = await contentOf(opened, { name: parameters.path, sizeMax });
      return { text: textOf(bytes, parameters.path), bytes: bytes.length };
    });
  },
});

const write = (root: FileRoot): ActivityDefinition => ({
  title: "Write a file",
  description:
    "Makes a file with a text, or replaces what is in it. It is on the disk when the activity succeeds.",
  input: {
    type: "object",
    properties: { path, text: { type: "string", maxLength: readSizeMax } },
    required: ["path", "text"],
    additionalProperties: false,
  },
  output: {
    type: "object",
    properties: { bytes: { type: "integer" } },
    required: ["bytes"],
    additionalProperties: false,
  },
  flags: { readOnly: false, restartable: true, verifiable: false },
  errors: {
    ...pathErrors,
    "File.StorageFull": "The disk is full; the file may hold a part of the text.",
  },
  run: (json) => {
    const parameters = json as { readonly path: string; readonly text: string };
    return withFile(root, { path: parameters.path, mode: "write" }, async ({ file }) => {
      const bytes = Buffer.from(parameters.text);
      await file.writeFile(bytes);
      await file.datasync();
      return { bytes: bytes.length };
    });
  },
});

/** Files below `root`, a directory that is made when it is first written to: `holdfast:file:*`. */
export const fileAdapter = (options: { readonly root: string }): Adapter => {
  const root = fileRoot(options.root);
  return {
    name: "file",
    description: "Reads and writes files below one directory of this environment.",
    activities: {
      append: append(root),
      list: list(options.root),
      read: read(root),
      write: write(root),
    },
  };
};
