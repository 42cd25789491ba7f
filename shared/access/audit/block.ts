import { hash } from "node:crypto";
import { isJsonObject, type Json, printJson } from "#core/json.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import type { AuditEntry, AuditHead } from "./audit.ts";

/** Key: number of the block, zero-padded. */
const collection = "audit";

/** Some entries, chained to those before. */
export interface AuditBlock extends AuditHead {
  /** Hash of the block before. */
  readonly previous: string;
  readonly entries: readonly AuditEntry[];
}

/** What the first block follows. */
export const noBlock: AuditHead = { number: 0, hash: "0".repeat(64) };

const hashOf = ({ number, previous, entries }: Omit<AuditBlock, "hash">): string =>
  hash("sha256", printJson([number, previous, entries as unknown as Json]), "hex");

/** The block that follows another. */
export const blockAfter = (head: AuditHead, entries: readonly AuditEntry[]): AuditBlock => {
  const block = { number: head.number + 1, previous: head.hash, entries };
  return { ...block, hash: hashOf(block) };
};

/** What is wrong with a block that should follow another; `undefined`: nothing. */
export const flawOf = (block: AuditBlock | undefined, before: AuditHead): string | undefined => {
  if (block === undefined) return "It is missing, or what is there is no block.";
  if (block.number !== before.number + 1) return `It says that it is number ${block.number}.`;
  if (block.hash !== hashOf(block)) return "Its entries are not what its hash says.";
  if (block.previous !== before.hash) return "It does not follow the block before.";
  return undefined;
};

const keyOf = (number: number): string => String(number).padStart(12, "0");

const blockOf = ({ value }: StoredDocument): AuditBlock => value as unknown as AuditBlock;

/** Whoever can write the storage can put anything there. */
const isBlock = ({ value }: StoredDocument): boolean =>
  isJsonObject(value) && Array.isArray(value["entries"]);

/** The blocks of an environment. */
export const auditBlocks = (documents: DocumentStore) => ({
  /** The last block, as far as lists know it. */
  head: async (): Promise<AuditHead> => {
    const found = await documents.list(collection, { order: "descending", limit: 1 });
    return found.documents.map(blockOf)[0] ?? noBlock;
  },

  /** Nothing where what is there is no block. */
  read: async (number: number): Promise<AuditBlock | undefined> => {
    const found = await documents.get(collection, keyOf(number));
    return found !== undefined && isBlock(found) ? blockOf(found) : undefined;
  },

  /** Puts a block where there is none; answers what is there then. */
  put: async (block: AuditBlock): Promise<AuditHead> => {
    const value = block as unknown as Json;
    const put = await documents.put(
      { collection, key: keyOf(block.number), value },
      { expected: 0 },
    );
    return put.kind === "conflict" && put.found !== undefined ? blockOf(put.found) : block;
  },
});

export type AuditBlocks = ReturnType<typeof auditBlocks>;
