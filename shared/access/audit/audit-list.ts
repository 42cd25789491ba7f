import type { Audit, AuditEntry, AuditFilter } from "./audit.ts";
import type { AuditBlock, AuditBlocks } from "./block.ts";
import { orderSlackMs, readMax, scannedBlocksMax } from "./limits.ts";

const fits = (entry: AuditEntry, filter: AuditFilter): boolean =>
  (filter.principal === undefined || entry.principal === filter.principal) &&
  (filter.operation === undefined || entry.operation === filter.operation) &&
  (filter.object === undefined || entry.object === filter.object) &&
  (filter.kind === undefined || entry.kind === filter.kind) &&
  (filter.sinceMs === undefined || entry.atMs >= filter.sinceMs) &&
  (filter.untilMs === undefined || entry.atMs < filter.untilMs);

interface Place {
  /** Of the block. */
  readonly number: number;
  /** Entries of the block from here on were told. */
  readonly index: number;
}

const placeIn = (after: string): Place => {
  const [number = 0, index = 0] = JSON.parse(after) as readonly number[];
  return { number, index };
};

/** Blocks from a number down to the first. */
async function* blocksDown(blocks: AuditBlocks, from: number): AsyncGenerator<AuditBlock> {
  for (let top = from; top > 0; top -= readMax) {
    const numbers = Array.from({ length: Math.min(readMax, top) }, (_, index) => top - index);
    const found = await Promise.all(numbers.map((number) => blocks.read(number)));
    for (const block of found) if (block !== undefined) yield block;
  }
}

/** The entries of a block that fit, the newest first, from a place on; each with its own place. */
const fitting = (block: AuditBlock, start: Place, filter: AuditFilter) => {
  const end = block.number === start.number ? start.index : block.entries.length;
  return block.entries
    .slice(0, end)
    .map((entry, index) => ({ entry, place: { number: block.number, index } }))
    .filter(({ entry }) => fits(entry, filter))
    .reverse();
};

const isBefore = ({ entries }: AuditBlock, sinceMs: number | undefined): boolean =>
  sinceMs !== undefined && (entries[0]?.atMs ?? 0) < sinceMs - orderSlackMs;

const cursorAt = ({ number, index }: Place): string => JSON.stringify([number, index]);

/** Reads entries, the newest first. */
export const listAudit = async (
  blocks: AuditBlocks,
  { limit, after, ...filter }: Parameters<Audit["list"]>[0],
): ReturnType<Audit["list"]> => {
  const newest: Place = {
    number: (await blocks.head()).number,
    index: Number.MAX_SAFE_INTEGER,
  };
  const given = after === undefined ? newest : placeIn(after);
  const start = given.number > newest.number ? newest : given;
  const lowest = start.number - scannedBlocksMax;
  const entries: AuditEntry[] = [];
  let last = start;
  for await (const block of blocksDown(blocks, start.number)) {
    for (const { entry, place } of fitting(block, start, filter)) {
      if (entries.length === limit) return { entries, next: cursorAt(last) };
      entries.push(entry);
      last = place;
    }
    if (isBefore(block, filter.sinceMs)) break;
    if (block.number <= lowest)
      return { entries, next: cursorAt({ number: block.number, index: 0 }) };
  }
  return { entries, next: undefined };
};
