import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { fileAdapter } from "#adapters/file/file-adapter.ts";
import { fileFailure } from "#adapters/file/file-root.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { requestOf } from "./activity-requests.ts";
import { expectToFit } from "./schemas.ts";

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

const setUp = () => {
  const base = mkdtempSync(join(tmpdir(), "holdfast-file-"));
  made.push(base);
  const root = join(base, "files");
  const adapter = fileAdapter({ root });
  const registry = adapterRegistry([adapter], { nowMs: Date.now });
  const append = async (path: string, line: string) =>
    registry.run(requestOf("holdfast:file:append", { path, line }));
  const read = async (path: string, maxBytes?: number) =>
    registry.run(
      requestOf("holdfast:file:read", { path, ...(maxBytes === undefined ? {} : { maxBytes }) }),
    );
  return { base, root, adapter, registry, append, read };
};

const failure = (error: string) => ({ kind: "failed", error });

describe("append", () => {
  test("makes the file and its directories and adds whole lines", async () => {
    const { root, adapter, append } = setUp();
    const first = await append("reports/today.txt", "one");
    expectToFit(adapter, "append", first);
    expect(first).toEqual({ kind: "succeeded", output: { bytes: 4 } });
    expect(await append("reports/today.txt", "zwölf")).toMatchObject({ output: { bytes: 7 } });
    expect(readFileSync(join(root, "reports/today.txt"), "utf8")).toBe("one\nzwölf\n");
  });

  test("lines that are added at one time never mix", async () => {
    const { root, append } = setUp();
    const lines = Array.from({ length: 100 }, (_, index) => `${index}:`.padEnd(2_000, "x"));
    await Promise.all(lines.map((line) => append("all.txt", line)));
    const found = readFileSync(join(root, "all.txt"), "utf8").trimEnd().split("\n");
    expect(found.sort()).toEqual(lines.sort());
  });

  test.each(["one\ntwo", "one\r"])("%j is not one line", async (line) => {
    const { append, root } = setUp();
    expect(await append("a.txt", line)).toMatchObject(failure("Holdfast.ParametersInvalid"));
    expect(existsSync(root)).toBe(false);
  });

  test("does not restart unless the process says that it may", () => {
    const { registry } = setUp();
    const may = (more: object) =>
      registry.mayRestart("holdfast:file:append", { path: "a", line: "b", ...more });
    expect([may({}), may({ restartable: false }), may({ restartable: true })]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("whether a line was added", () => {
  const asked = async (content: string | undefined, line: string, more: object = {}) => {
    const { root, registry } = setUp();
    mkdirSync(root);
    if (content !== undefined) writeFileSync(join(root, "a.txt"), content);
    const parameters = { path: "a.txt", line, ...more };
    expect(registry.mayVerify("holdfast:file:append", parameters)).toBe(true);
    return registry.run(requestOf("holdfast:file:append", parameters, { isProbe: true }));
  };
  const happened = (bytes: number) => ({
    kind: "succeeded",
    output: { happened: true, output: { bytes } },
  });
  const not = { kind: "succeeded", output: { happened: false } };
  const unique = { unique: true };

  test.each<[string, string | undefined, string]>([
    ["there is no file", undefined, "b"],
    ["it is empty", "", "b"],
    ["the line is not in it", "a\nc\n", "b"],
    ["it is only a part of one", "abc\nb1\n1b\n", "b"],
  ])("is known where %s", async (_name, content, line) => {
    expect(await asked(content, line)).toEqual(not);
    expect(await asked(content, line, unique)).toEqual(not);
  });

  test.each([
    ["first", "b\na\n"],
    ["last", "a\nb\n"],
    ["far behind", `${"a\n".repeat(600_000)}b\nc\n`],
  ])("is known of a unique line that stands %s", async (_name, content) => {
    expect(await asked(content, "b", unique)).toEqual(happened(2));
  });

  test("is known of a line that lies across two reads", async () => {
    const before = "x".repeat(1_048_576 - 3);
    expect(await asked(`${before}\nzwölf\n`, "zwölf", unique)).toEqual(happened(7));
  });

  test.each([
    ["others may have added the line", "b\n", {}],
    ["the file ends in the middle of a line", "a\nb", unique],
  ])("is not known where %s", async (_name, content, more) => {
    expect(await asked(content, "b", more)).toMatchObject({
      kind: "succeeded",
      output: { reason: expect.stringContaining("a.txt") },
    });
  });

  test("is not known where the file can not be read", async () => {
    const { root, registry } = setUp();
    mkdirSync(join(root, "a.txt"), { recursive: true });
    const request = requestOf("holdfast:file:append", { path: "a.txt", line: "b" });
    expect(await registry.run({ ...request, isProbe: true })).toMatchObject({ kind: "failed" });
  });
});

describe("read", () => {
  test("gives back what was appended and may restart", async () => {
    const { adapter, registry, append, read } = setUp();
    await append("a.txt", "zwölf");
    const result = await read("a.txt");
    expectToFit(adapter, "read", result);
    expect(result).toEqual({ kind: "succeeded", output: { text: "zwölf\n", bytes: 7 } });
    expect(registry.mayRestart("holdfast:file:read", { path: "a.txt" })).toBe(true);
  });

  test("reads up to its limit and not one byte more", async () => {
    const { root, read } = setUp();
    mkdirSync(root);
    writeFileSync(join(root, "a.txt"), "x".repeat(100_000));
    expect(await read("a.txt", 100_000)).toMatchObject({ output: { bytes: 100_000 } });
    expect(await read("a.txt", 99_999)).toMatchObject(failure("File.TooLarge"));
    appendFileSync(join(root, "a.txt"), "y".repeat(1_000_000));
    expect(await read("a.txt")).toMatchObject(failure("File.TooLarge"));
  });

  test("bytes that are no text are refused", async () => {
    const { root, read } = setUp();
    mkdirSync(root);
    writeFileSync(join(root, "image"), Buffer.from([0xff, 0xd8, 0xff]));
    expect(await read("image")).toMatchObject(failure("File.NotText"));
  });

  test.each(["nothing", "no/such/way"])("%s is not there", async (path) => {
    const { read, root } = setUp();
    expect(await read(path)).toMatchObject(failure("File.NotFound"));
    expect(existsSync(root)).toBe(false);
  });
});

describe("paths", () => {
  test.each([
    "../outside.txt",
    "a/../../outside.txt",
    "..",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/",
    "a\\..\\..\\outside.txt",
    "C:/outside.txt",
    "a\0b",
  ])("%j leads out or nowhere and is refused", async (path) => {
    const { base, append, read } = setUp();
    expect(await append(path, "x")).toMatchObject(failure("File.PathRefused"));
    expect(await read(path)).toMatchObject(failure("File.PathRefused"));
    expect(existsSync(join(base, "outside.txt"))).toBe(false);
  });

  test("no link is followed, at the end or on the way", async () => {
    const { base, root, append, read } = setUp();
    mkdirSync(join(base, "secrets"));
    mkdirSync(root);
    writeFileSync(join(base, "secrets/key"), "k");
    symlinkSync(join(base, "secrets"), join(root, "way"));
    symlinkSync(join(base, "secrets/key"), join(root, "end"));
    symlinkSync(join(base, "secrets/new"), join(root, "dangling"));
    for (const path of ["way/key", "way/new", "way/deep/new", "end", "dangling"]) {
      expect(await append(path, "x")).toMatchObject(failure("File.PathRefused"));
      expect(await read(path)).toMatchObject(failure("File.PathRefused"));
    }
    expect(readFileSync(join(base, "secrets/key"), "utf8")).toBe("k");
    expect(existsSync(join(base, "secrets/new"))).toBe(false);
    expect(existsSync(join(base, "secrets/deep"))).toBe(false);
  });

  test("the root itself may be a link", async () => {
    const { base, root, append } = setUp();
    mkdirSync(join(base, "elsewhere"));
    symlinkSync(join(base, "elsewhere"), root);
    await append("a.txt", "x");
    expect(readFileSync(join(base, "elsewhere/a.txt"), "utf8")).toBe("x\n");
  });

  test("what is no plain file is refused without waiting for it", async () => {
    const { root, append, read } = setUp();
    mkdirSync(join(root, "directory"), { recursive: true });
    writeFileSync(join(root, "file"), "");
    execFileSync("mkfifo", [join(root, "pipe")]);
    for (const path of ["directory", "pipe", "file/below"]) {
      expect(await append(path, "x")).toMatchObject(failure("File.PathRefused"));
      expect(await read(path)).toMatchObject(failure("File.PathRefused"));
    }
  });
});

describe("what the system refuses", () => {
  test.runIf(existsSync("/dev/full"))("a full disk is said to be full", () => {
    let thrown: unknown;
    try {
      appendFileSync("/dev/full", "x");
    } catch (error) {
      thrown = error;
    }
    expect(fileFailure("a.txt", thrown)).toMatchObject({
      error: "File.StorageFull",
      message: "a.txt: the disk is full (ENOSPC); free space",
    });
  });

  test("a name that is too long is an access that failed", async () => {
    const { append } = setUp();
    const result = await append("x".repeat(300), "x");
    expect(result).toMatchObject(failure("File.AccessFailed"));
    expect(JSON.stringify(result)).toContain("ENAMETOOLONG");
  });
});

describe("a stretch", () => {
  test("is read from a byte on, and no character is cut in two", async () => {
    const { root, adapter, registry } = setUp();
    mkdirSync(root);
    const text = "aä🙂\nzwölf€".repeat(20);
    writeFileSync(join(root, "a.txt"), text);
    for (const length of [4, 5, 7, 16, 1_000]) {
      let read = "";
      let offset = 0;
      for (let isEnd = false; !isEnd; ) {
        const result = await registry.run(
          requestOf("holdfast:file:read", { path: "a.txt", offset, length }),
        );
        expectToFit(adapter, "read", result);
        if (result.kind === "failed") throw new TypeError(result.cause);
        const output = result.output as { text: string; bytes: number; isEnd: boolean };
        expect(output.bytes).toBe(Buffer.byteLength(output.text));
        read += output.text;
        offset += output.bytes;
        isEnd = output.isEnd;
      }
      expect(read).toBe(text);
    }
  });

  test("needs both its ends", async () => {
    const { registry } = setUp();
    const result = await registry.run(requestOf("holdfast:file:read", { path: "a", offset: 0 }));
    expect(result.kind).toBe("failed");
  });
});

describe("write", () => {
  test("makes a file and its directories, and replaces what is in it", async () => {
    const { root, adapter, registry } = setUp();
    const write = async (path: string, text: string) =>
      registry.run(requestOf("holdfast:file:write", { path, text }));
    const first = await write("out/a.json", "[1, 2, 3]");
    expectToFit(adapter, "write", first);
    expect(first).toEqual({ kind: "succeeded", output: { bytes: 9 } });
    await write("out/a.json", "[ä]");
    expect(readFileSync(join(root, "out/a.json"), "utf8")).toBe("[ä]");
    expect(await write("../a", "x")).toMatchObject(failure("File.PathRefused"));
  });
});

describe("list", () => {
  const keysOf = (listed: unknown) =>
    (listed as { output: { Contents: { Key: string }[] } }).output.Contents.map(({ Key }) => Key);

  const files = ["a.txt", "a/1.txt", "a/2.txt", "a/b/3.txt", "a0.txt", "b.txt"];

  const withFiles = () => {
    const { adapter, registry, root } = setUp();
    for (const file of files) {
      mkdirSync(join(root, file, ".."), { recursive: true });
      writeFileSync(join(root, file), file);
    }
    symlinkSync(join(root, "b.txt"), join(root, "link.txt"));
    symlinkSync("/etc", join(root, "etc"));
    const list = (parameters: object = {}) =>
      registry.run(requestOf("holdfast:file:list", { ...parameters }));
    return { adapter, list, root };
  };

  test("gives plain files below the directory in the order of their paths, and no links", async () => {
    const { adapter, list } = withFiles();
    const listed = await list();
    expectToFit(adapter, "list", listed);
    expect(keysOf(listed)).toEqual(files);
    expect(listed).toMatchObject({
      output: { Contents: [{ Key: "a.txt", Size: 5 }, {}, {}, {}, {}, {}] },
    });
  });

  test("gives only those that begin with a prefix, in a directory or not", async () => {
    const { list } = withFiles();
    expect(keysOf(await list({ Prefix: "a/" }))).toEqual(["a/1.txt", "a/2.txt", "a/b/3.txt"]);
    expect(keysOf(await list({ Prefix: "a/b/3" }))).toEqual(["a/b/3.txt"]);
    expect(keysOf(await list({ Prefix: "../" }))).toEqual([]);
    expect(keysOf(await list({ Prefix: "etc/" }))).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])("gives all of them in pages of %i", async (MaxKeys) => {
    const { list } = withFiles();
    const found: string[] = [];
    let more: object = {};
    for (let pages = 1; ; pages += 1) {
      const listed = await list({ MaxKeys, ...more });
      found.push(...keysOf(listed));
      const { NextContinuationToken } = (listed as { output: { NextContinuationToken?: string } })
        .output;
      if (NextContinuationToken === undefined) {
        expect(pages).toBe(Math.ceil(files.length / MaxKeys));
        break;
      }
      more = { ContinuationToken: NextContinuationToken };
    }
    expect(found).toEqual(files);
  });

  test("of a directory that nothing was ever written to is empty", async () => {
    const { registry } = setUp();
    const listed = await registry.run(requestOf("holdfast:file:list", {}));
    expect(listed).toEqual({ kind: "succeeded", output: { Contents: [] } });
  });
});
