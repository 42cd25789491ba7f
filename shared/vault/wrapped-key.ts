import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import type { KeyWrapping } from "#ports/key-wrapping.ts";

/** Where the environment's key lies, wrapped, in base64. */
const collection = "environmentKey";
const key = "wrapped";

const wrappedIn = ({ value }: StoredDocument): Uint8Array =>
  Buffer.from((value as { readonly wrapped: string }).wrapped, "base64");

/**
 * The key of an environment that is kept wrapped in its documents: made when it is first needed, once
 * whoever else makes it then, and unwrapped once for as long as this process lives. `wrapping` is asked
 * for then. A call that fails is made again by whoever needs the key next.
 */
export const wrappedEnvironmentKey = (options: {
  readonly documents: DocumentStore;
  readonly wrapping: () => Promise<KeyWrapping>;
}): (() => Promise<Uint8Array>) => {
  const { documents } = options;

  const open = async (): Promise<Uint8Array> => {
    const [wrapping, found] = await Promise.all([
      options.wrapping(),
      documents.get(collection, key),
    ]);
    if (found !== undefined) return wrapping.unwrap(wrappedIn(found));
    const made = await wrapping.makeKey();
    const value = { wrapped: Buffer.from(made.wrapped).toString("base64") };
    const put = await documents.put({ collection, key, value }, { expected: 0 });
    if (put.kind === "stored") return made.key;
    // Another one was faster, and has perhaps sealed with its key already.
    return put.found === undefined ? open() : wrapping.unwrap(wrappedIn(put.found));
  };

  let known: Promise<Uint8Array> | undefined;
  return () => {
    if (known !== undefined) return known;
    const opening = open();
    known = opening;
    opening.catch(() => {
      known = undefined;
    });
    return opening;
  };
};
