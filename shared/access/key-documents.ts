import { OrchestratorError } from "#core/errors.ts";
import type { Json } from "#core/json.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import type { AccessKey } from "./access-keys.ts";
import { Known } from "./known.ts";
import { lastUseEveryMs } from "./limits.ts";

/** Key: id of the access key. */
const collection = "accessKeys";
/** Key: name of access keys; value: id of the first one. A name is never given up. */
const names = "accessKeyNames";
/** Key: id of the access key; apart from it, so that a use never stands in the way of a revocation. */
const uses = "accessKeyUses";

/** Keys that are read at a time: they are listed whole. */
const readMax = 1_000;

/** A key as it is stored. */
export interface StoredKey extends AccessKey {
  /** SHA-256 of the secret, in hex. */
  readonly secretHash: string;
  readonly sealedSecret?: string;
}

/** A key without what its secret could be found by. */
export const shownKey = ({ secretHash: _, sealedSecret: __, ...key }: StoredKey): AccessKey => key;

const keyOf = ({ value }: StoredDocument): StoredKey => value as unknown as StoredKey;

const notFound = (keyId: string): OrchestratorError =>
  new OrchestratorError("access-key-not-found", `There is no access key ${keyId}.`, {
    details: { keyId },
  });

/** The answer to a key whose name is or was another's. */
export const keyNameTaken = (name: string): OrchestratorError =>
  new OrchestratorError("access-key-name-taken", `There is or was an access key ${name}.`, {
    details: { name },
  });

/** The documents of access keys. */
export class KeyDocuments {
  readonly #documents: DocumentStore;
  readonly #nowMs: () => number;
  readonly #known: Known<StoredKey | undefined>;
  readonly #usedAtMs = new Map<string, number>();

  constructor(documents: DocumentStore, nowMs: () => number) {
    this.#documents = documents;
    this.#nowMs = nowMs;
    this.#known = new Known(nowMs, (keyId) => this.read(keyId));
  }

  async read(keyId: string): Promise<StoredKey | undefined> {
    const found = await this.#documents.get(collection, keyId);
    return found && keyOf(found);
  }

  /** The key as it was a moment ago. */
  find(keyId: string): StoredKey | undefined | Promise<StoredKey | undefined> {
    return this.#known.get(keyId);
  }

  async list(): Promise<readonly StoredKey[]> {
    const keys: StoredKey[] = [];
    let after: string | undefined;
    do {
      const page = { limit: readMax, ...(after !== undefined && { after }) };
      const found = await this.#documents.list(collection, page);
      keys.push(...found.documents.map(keyOf));
      after = found.next;
    } while (after !== undefined);
    return keys;
  }

  async mustExist(keyId: string): Promise<StoredKey> {
    const found = await this.read(keyId);
    if (found === undefined) throw notFound(keyId);
    return found;
  }

  /** Changes a key, or makes it where `change` makes one of none, whoever else does so meanwhile. */
  async change(
    keyId: string,
    change: (key: StoredKey | undefined) => StoredKey | undefined,
  ): Promise<StoredKey> {
    for (;;) {
      const found = await this.#documents.get(collection, keyId);
      const before = found && keyOf(found);
      const after = change(before);
      if (after === undefined) throw notFound(keyId);
      if (after === before) return after;
      const value = after as unknown as Json;
      const put = await this.#documents.put(
        { collection, key: keyId, value },
        { expected: found?.version ?? 0 },
      );
      this.#known.forget(keyId);
      if (put.kind === "stored") return after;
    }
  }

  /** Takes a name for ever. One whose first key was never stored, for its server died, may be taken again. */
  async takeName(name: string, keyId: string): Promise<void> {
    const document = { collection: names, key: name, value: { keyId } };
    const taken = await this.#documents.put(document, { expected: 0 });
    if (taken.kind === "stored") return;
    const first = (taken.found?.value as { readonly keyId: string } | undefined)?.keyId ?? "";
    if ((await this.read(first)) !== undefined) throw keyNameTaken(name);
    const again = await this.#documents.put(document, { expected: taken.found?.version ?? 0 });
    if (again.kind === "conflict") throw keyNameTaken(name);
  }

  async lastUsedAtMs(keyId: string): Promise<number | undefined> {
    const found = await this.#documents.get(uses, keyId);
    return (found?.value as { readonly lastUsedAtMs: number } | undefined)?.lastUsedAtMs;
  }

  /** Notes a use: beside the call, now and then, and never in its way. */
  used(keyId: string): void {
    const lastUsedAtMs = this.#nowMs();
    const before = this.#usedAtMs.get(keyId) ?? Number.NEGATIVE_INFINITY;
    if (lastUsedAtMs - before < lastUseEveryMs) return;
    this.#usedAtMs.set(keyId, lastUsedAtMs);
    const put = this.#documents.put({ collection: uses, key: keyId, value: { lastUsedAtMs } });
    // The next use writes it.
    put.catch(() => this.#usedAtMs.delete(keyId));
  }
}
