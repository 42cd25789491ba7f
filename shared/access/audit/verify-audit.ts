import type { AuditHead, Verification, VerifiedRange } from "./audit.ts";
import { type AuditBlocks, flawOf, noBlock } from "./block.ts";
import { problemCountMax, readMax } from "./limits.ts";

/** What the block with this number is held against: the block before as it says that it is. */
const headBefore = async (blocks: AuditBlocks, number: number): Promise<AuditHead> =>
  number <= 1 ? noBlock : ((await blocks.read(number - 1)) ?? { ...noBlock, number: number - 1 });

/** Looks at the blocks from a number on: whether each is there, unchanged, and follows the one before. */
export const verifyAudit = async (
  blocks: AuditBlocks,
  { from, limit, expect }: VerifiedRange,
): Promise<Verification> => {
  const head = await blocks.head();
  const to = Math.min(head.number, from + limit - 1);
  const problems: { readonly number: number; readonly message: string }[] = [];
  let before = await headBefore(blocks, from);
  let entryCount = 0;
  if (expect !== undefined && (await blocks.read(from))?.hash !== expect)
    problems.push({ number: from, message: "It is not the block that was noted." });
  for (let first = from; first <= to; first += readMax) {
    const length = Math.min(readMax, to - first + 1);
    const found = await Promise.all(
      Array.from({ length }, (_, index) => blocks.read(first + index)),
    );
    for (const [index, block] of found.entries()) {
      const message = flawOf(block, before);
      if (message !== undefined && problems.length < problemCountMax)
        problems.push({ number: first + index, message });
      entryCount += block?.entries.length ?? 0;
      before = { number: first + index, hash: block?.hash ?? before.hash };
    }
  }
  const { number, hash } = head;
  const next = to < number ? to + 1 : undefined;
  return { from, to, entryCount, problems, head: { number, hash }, next };
};
