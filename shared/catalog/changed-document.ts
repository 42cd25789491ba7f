import type { Json } from "#core/json.ts";
import type { DocumentStore } from "#ports/document-store.ts";

/**
 * Puts what `next` makes of the value that is there, if there is one; with others at the same time, one after the
 * other: `next` is asked again where somebody else was faster. It may throw, and then nothing is changed.
 */
export const changeDocument = async <T>(
  documents: DocumentStore,
  place: { readonly collection: string; readonly key: string },
  next: (found: T | undefined) => T,
): Promise<{ readonly before: T | undefined; readonly after: T }> => {
  for (;;) {
    const found = await documents.get(place.collection, place.key);
    const before = found?.value as T | undefined;
    const after = next(before);
    if (after === before) return { before, after };
    const { kind } = await documents.put(
      { ...place, value: after as Json },
      { expected: found?.version ?? 0 },
    );
    if (kind === "stored") return { before, after };
  }
};
