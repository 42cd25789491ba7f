import type { FileHandle } from "node:fs/promises";

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80;

/** How many bytes the character has that begins with `byte`. */
const characterLength = (byte: number): number =>
  byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;

/** Without the beginning of a character whose end is missing. */
const withoutCutCharacter = (bytes: Buffer): Buffer => {
  let start = bytes.length - 1;
  while (start > 0 && bytes.length - start < 4 && isContinuation(bytes[start])) start -= 1;
  const isWhole = start < 0 || start + characterLength(bytes[start] ?? 0) <= bytes.length;
  return isWhole ? bytes : bytes.subarray(0, start);
};

/** Reads from a byte on, as far as whole characters go. */
export const stretchOf = async (
  file: FileHandle,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<{ readonly bytes: Buffer; readonly isEnd: boolean }> => {
  // One more, which tells whether the file goes on.
  const buffer = Buffer.allocUnsafe(length + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) return { bytes: buffer.subarray(0, filled), isEnd: true };
    filled += bytesRead;
  }
  return { bytes: withoutCutCharacter(buffer.subarray(0, length)), isEnd: false };
};
