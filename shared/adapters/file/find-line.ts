import type { FileHandle } from "node:fs/promises";

/** Bytes read at a time. */
const chunkSize = 1_048_576;

/** `unclear`: it is not there as a whole, and the file does not end with a line. */
export type FoundLine = "there" | "missing" | "unclear";

/** Looks for a line in a file, from its beginning to its end. */
export const findLine = async (file: FileHandle, line: string): Promise<FoundLine> => {
  const wanted = Buffer.from(`\n${line}\n`);
  // The first line begins as if another one had ended.
  let seen = Buffer.from("\n");
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkSize), 0, chunkSize, position);
    if (bytesRead === 0) return seen.at(-1) === 0x0a ? "missing" : "unclear";
    seen = Buffer.concat([seen, buffer.subarray(0, bytesRead)]);
    if (seen.includes(wanted)) return "there";
    seen = seen.subarray(-wanted.length);
    position += bytesRead;
  }
};
