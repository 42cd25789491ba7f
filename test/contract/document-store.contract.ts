import { describe, expect, it } from "vitest";
import type { DocumentStore } from "#ports/document-store.ts";
import { type MakePlatform, openFor } from "./fixture.ts";

type ListOptions = Omit<Parameters<DocumentStore["list"]>[1], "limit" | "after">;

/** Keys of a list, read in pages of `limit`; `between` runs after each page. */
const keysOf = async (
  store: DocumentStore,
  options: ListOptions & { readonly limit?: number },
  between: () => Promise<void> = async () => undefined,
): Promise<readonly string[]> => {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.list("things", {
      limit: 100,
      ...options,
      ...(after === undefined ? {} : { after }),
    });
    keys.push(...page.documents.map(({ key }) => key));
    after = page.next;
    await between();
  } while (after !== undefined);
  return keys;
};

/** What `DocumentStore` promises. */
export const documentStoreContract = (name: string, make: MakePlatform) =>
  describe(`document store on ${name}`, () => {
    const openStore = () => openFor(make).then(({ platform }) => platform.documents);
    const put = (store: DocumentStore, key: string, index?: string) =>
      store.put({
        collection: "things",
        key,
        value: { key },
        ...(index === undefined ? {} : { index }),
      });

    it("knows nothing of a key that was never put", async () => {
      const store = await openStore();
      expect(await store.get("things", "a")).toBeUndefined();
      expect(await store.list("things", { limit: 10 })).toEqual({ documents: [], next: undefined });
    });

    it("counts the writes of a key from 1 and shows the newest", async () => {
      const store = await openStore();
      for (const version of [1, 2, 3]) {
        const document = {
          collection: "things",
          key: "a",
          index: `open#${version}`,
          value: version,
        };
        expect(await store.put(document)).toEqual({
          kind: "stored",
          document: { ...document, version },
        });
        expect(await store.get("things", "a")).toEqual({ ...document, version });
      }
    });

    it("keeps collections apart", async () => {
      const store = await openStore();
      await store.put({ collection: "a", key: "k", value: 1 });
      await store.put({ collection: "b", key: "k", value: 2 });
      await store.remove("a", "k");
      expect(await store.get("a", "k")).toBeUndefined();
      expect((await store.get("b", "k"))?.value).toBe(2);
    });

    it("puts on the expected version only, and answers what is there instead", async () => {
      const store = await openStore();
      const document = { collection: "things", key: "a", value: "first" };
      expect(await store.put(document, { expected: 1 })).toEqual({
        kind: "conflict",
        found: undefined,
      });
      expect((await store.put(document, { expected: 0 })).kind).toBe("stored");
      expect(await store.put({ ...document, value: "other" }, { expected: 0 })).toEqual({
        kind: "conflict",
        found: { ...document, version: 1 },
      });
      expect((await store.put({ ...document, value: "next" }, { expected: 1 })).kind).toBe(
        "stored",
      );
      expect(await store.get("things", "a")).toEqual({ ...document, value: "next", version: 2 });
    });

    it("removes the expected version only, and says whether the key is gone", async () => {
      const store = await openStore();
      await put(store, "a");
      await put(store, "a");
      expect(await store.remove("things", "a", { expected: 1 })).toBe(false);
      expect((await store.get("things", "a"))?.version).toBe(2);
      expect(await store.remove("things", "a", { expected: 2 })).toBe(true);
      expect(await store.get("things", "a")).toBeUndefined();
      expect(await store.remove("things", "a", { expected: 2 })).toBe(true);
      expect(await store.remove("things", "a")).toBe(true);
    });

    it("lets a writer or a remover of the same version win, never both", async () => {
      const store = await openStore();
      await put(store, "a");
      const [isGone, written] = await Promise.all([
        store.remove("things", "a", { expected: 1 }),
        store.put({ collection: "things", key: "a", value: "next" }, { expected: 1 }),
      ]);
      expect(isGone).toBe(written.kind === "conflict");
      expect((await store.get("things", "a"))?.value).toBe(isGone ? undefined : "next");
    });

    it("lets exactly one of many writers with the same expectation win", async () => {
      const store = await openStore();
      await put(store, "a");
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, value) =>
          store.put({ collection: "things", key: "a", value }, { expected: 1 }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === "stored")).toHaveLength(1);
      expect((await store.get("things", "a"))?.version).toBe(2);
    });

    it("removes, and begins to count again", async () => {
      const store = await openStore();
      await put(store, "a", "open");
      await store.remove("things", "a");
      await store.remove("things", "a");
      expect(await store.get("things", "a")).toBeUndefined();
      expect(await keysOf(store, { by: "index" })).toEqual([]);
      const again = await store.put({ collection: "things", key: "a", value: 1 }, { expected: 0 });
      expect(again.kind === "stored" && again.document.version).toBe(1);
    });

    it("drops the index when a document is put without one", async () => {
      const store = await openStore();
      await put(store, "a", "open");
      await put(store, "a");
      expect((await store.get("things", "a"))?.index).toBeUndefined();
      expect(await keysOf(store, { by: "index" })).toEqual([]);
      expect(await keysOf(store, {})).toEqual(["a"]);
    });

    it("lists keys in the order of their UTF-8 bytes, both ways and in pages", async () => {
      const store = await openStore();
      const keys = ["", "A", "a", "a#1", "a#10", "a#2", "b", "é", "\uffee", "\u{1f680}"];
      for (const key of [...keys].reverse()) await put(store, key);
      for (const limit of [1, 3, 10, 100]) {
        expect(await keysOf(store, { limit })).toEqual(keys);
        expect(await keysOf(store, { limit, order: "descending" })).toEqual([...keys].reverse());
      }
    });

    it("lists the keys of a prefix, whatever characters it has", async () => {
      const store = await openStore();
      const keys = [
        "a",
        "a#1",
        "a#2",
        "a%",
        "a_",
        "ab",
        "b",
        "é1",
        "\ud7ff1",
        "\ue0001",
        "\u{10ffff}1",
      ];
      for (const key of keys) await put(store, key);
      expect(await keysOf(store, { prefix: "a#" })).toEqual(["a#1", "a#2"]);
      expect(await keysOf(store, { prefix: "a#", order: "descending" })).toEqual(["a#2", "a#1"]);
      expect(await keysOf(store, { prefix: "a", limit: 2 })).toEqual([
        "a",
        "a#1",
        "a#2",
        "a%",
        "a_",
        "ab",
      ]);
      for (const prefix of ["a%", "a_", "é", "\ud7ff", "\u{10ffff}"])
        expect(await keysOf(store, { prefix })).toEqual(
          keys.filter((key) => key.startsWith(prefix)),
        );
      expect(await keysOf(store, { prefix: "z" })).toEqual([]);
    });

    it("lists by index, then key, only what has one", async () => {
      const store = await openStore();
      await put(store, "c", "open#1");
      await put(store, "a", "open#2");
      await put(store, "b", "open#1");
      await put(store, "d", "closed#1");
      await put(store, "e");
      for (const limit of [1, 2, 100]) {
        expect(await keysOf(store, { by: "index", limit })).toEqual(["d", "b", "c", "a"]);
        expect(
          await keysOf(store, { by: "index", prefix: "open#", order: "descending", limit }),
        ).toEqual(["a", "c", "b"]);
      }
    });

    it("pages without gap or repetition while documents are put and removed", async () => {
      const store = await openStore();
      const keys = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, "0")}`);
      for (const key of keys) await put(store, key);
      const listed = await keysOf(store, { limit: 10 }, async () => {
        await put(store, "a-before");
        await store.remove("things", "k05");
      });
      expect(listed).toEqual(keys);
    });

    it("takes a document of a megabyte, and one that is small after it", async () => {
      const store = await openStore();
      for (const value of ["x".repeat(2 ** 20), "small"]) {
        await store.put({ collection: "things", key: "a", index: "i", value });
        expect((await store.get("things", "a"))?.value).toBe(value);
        const { documents } = await store.list("things", { by: "index", limit: 1 });
        expect(documents[0]?.value).toBe(value);
      }
    });

    it("keeps every value as it is and gives every reader one of its own", async () => {
      const store = await openStore();
      const value = { list: [1, null, true, "\u0000 \u{1f680} '\""], deep: { "": {} } };
      await store.put({ collection: "things", key: "a", value });
      const found = await store.get("things", "a");
      Object.assign(found?.value ?? {}, { list: [] });
      expect((await store.get("things", "a"))?.value).toEqual(value);
    });
  });
