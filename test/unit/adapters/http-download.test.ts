import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileRoot } from "#adapters/file/file-root.ts";
import type { Json } from "#core/json.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import { requestOf } from "./activity-requests.ts";
import { outputOf, setUpHttp } from "./http-setup.ts";
import { httpServer } from "./servers.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-download-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const written = (): string => readFileSync(join(root, "a.bin"), "utf8");

const text = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Serves what `source` holds, in ranges, and keeps which were asked for. */
const serving = (source: { text: string; etag: string | undefined }) => {
  const ranges: string[] = [];
  const listener: RequestListener = (request, response) => {
    const range = String(request.headers.range);
    ranges.push(range);
    const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const headers = source.etag === undefined ? {} : { etag: source.etag };
    const ifRange = request.headers["if-range"];
    if (ifRange !== undefined && ifRange !== source.etag) {
      response.writeHead(200, headers).end(source.text);
      return;
    }
    if (Number(from) >= source.text.length) {
      response.writeHead(416, { "content-range": `bytes */${source.text.length}` }).end();
      return;
    }
    const part = source.text.slice(Number(from), Number(to) + 1);
    const end = Number(from) + part.length - 1;
    const contentRange = `bytes ${from}-${end}/${source.text.length}`;
    response.writeHead(206, { ...headers, "content-range": contentRange }).end(part);
  };
  return { ranges, listener };
};

const setUp = () => {
  const { registry } = setUpHttp({ files: fileRoot(root) });
  return {
    registry,
    download: async (parameters: Json, overrides: Partial<ActivityRequest> = {}) =>
      registry.run(requestOf("holdfast:http:download", parameters, overrides)),
  };
};

/** Keeps checkpoints; breaks off at one of them, as a server does that is lost. */
const keeping = (breaksAt?: number) => {
  const checkpoints: Json[] = [];
  const saveCheckpoint = async (checkpoint: Json): Promise<void> => {
    checkpoints.push(checkpoint);
    if (checkpoints.length === breaksAt) throw new TypeError("lost");
  };
  return { checkpoints, saveCheckpoint };
};

describe("a download", () => {
  it("reads stretch by stretch, and saves how far it has come after each but the last", async () => {
    const { ranges, listener } = serving({ text, etag: '"1"' });
    const url = await httpServer(listener);
    const { checkpoints, saveCheckpoint } = keeping();
    const { download } = setUp();
    const result = await download({ url, path: "a.bin", stretchBytes: 10 }, { saveCheckpoint });
    expect(outputOf(result)).toEqual({ path: "a.bin", bytes: 36, resumedAtBytes: 0 });
    expect(written()).toBe(text);
    expect(ranges).toEqual(["bytes=0-9", "bytes=10-19", "bytes=20-29", "bytes=30-39"]);
    expect(checkpoints).toEqual(
      [10, 20, 30].map((bytes) => ({ url, path: "a.bin", bytes, validator: '"1"' })),
    );
  });

  it("goes on from its checkpoint, whatever more is in the file", async () => {
    const { ranges, listener } = serving({ text, etag: '"1"' });
    const url = await httpServer(listener);
    const { checkpoints, saveCheckpoint } = keeping(2);
    const { download } = setUp();
    const parameters = { url, path: "a.bin", stretchBytes: 10 };
    expect((await download(parameters, { saveCheckpoint })).kind).toBe("failed");
    const checkpoint = checkpoints[0] ?? null;
    const result = await download(parameters, { checkpoint, attempt: 2 });
    expect(outputOf(result)).toEqual({ path: "a.bin", bytes: 36, resumedAtBytes: 10 });
    expect(written()).toBe(text);
    expect(ranges.slice(2)).toEqual(["bytes=10-19", "bytes=20-29", "bytes=30-39"]);
  });

  it.each([
    ["of another URL", (url: string) => ({ url: `${url}/b`, path: "a.bin", bytes: 10 })],
    ["of a file that is gone", (url: string) => ({ url, path: "a.bin", bytes: 10 })],
  ])("begins anew with the checkpoint %s", async (_name, checkpointOf) => {
    const { listener } = serving({ text, etag: '"1"' });
    const url = await httpServer(listener);
    const { download } = setUp();
    const checkpoint = checkpointOf(url);
    const result = await download({ url, path: "a.bin" }, { checkpoint });
    expect(outputOf(result)).toMatchObject({ bytes: 36, resumedAtBytes: 0 });
    expect(written()).toBe(text);
  });

  it("begins anew when the source has changed", async () => {
    const source = { text, etag: '"1"' };
    const { listener } = serving(source);
    const url = await httpServer(listener);
    const { download } = setUp();
    writeFileSync(join(root, "a.bin"), text.slice(0, 10));
    source.text = text.toUpperCase();
    source.etag = '"2"';
    const checkpoint = { url, path: "a.bin", bytes: 10, validator: '"1"' };
    const result = await download({ url, path: "a.bin", stretchBytes: 12 }, { checkpoint });
    expect(outputOf(result)).toMatchObject({ bytes: 36 });
    expect(written()).toBe(text.toUpperCase());
  });

  it("gives a source up that changes with every stretch", async () => {
    const source = { text, etag: '"0"' };
    let count = 0;
    const { listener } = serving(source);
    const url = await httpServer((request, response) => {
      count += 1;
      source.etag = `"${count}"`;
      listener(request, response);
    });
    const result = await setUp().download({ url, path: "a.bin", stretchBytes: 10 });
    expect(result).toMatchObject({ kind: "failed", error: "Http.SourceChanged" });
  });

  it("takes a file as a whole from a server without ranges, if it is no larger than a stretch", async () => {
    const url = await httpServer((_, response) => response.end(text));
    const { download } = setUp();
    expect(outputOf(await download({ url, path: "a.bin" }))).toMatchObject({ bytes: 36 });
    expect(written()).toBe(text);
    expect(await download({ url, path: "a.bin", stretchBytes: 10 })).toMatchObject({
      error: "Http.RangesNotSupported",
    });
  });

  it("of nothing is an empty file", async () => {
    const { listener } = serving({ text: "", etag: undefined });
    const url = await httpServer(listener);
    expect(outputOf(await setUp().download({ url, path: "a.bin" }))).toMatchObject({ bytes: 0 });
    expect(written()).toBe("");
  });

  it.each<[string, RequestListener, string]>([
    [
      "a status",
      (_, response) => response.writeHead(503).end("busy"),
      "States.Http.StatusCode.503",
    ],
    [
      "another stretch than was asked for",
      (_, response) => response.writeHead(206, { "content-range": "bytes 5-6/9" }).end("ab"),
      "Http.BadResponse",
    ],
  ])("fails with %s", async (_name, listener, error) => {
    const url = await httpServer(listener);
    expect(await setUp().download({ url, path: "a.bin" })).toMatchObject({ kind: "failed", error });
  });

  it("stays below the directory for files, and may restart", async () => {
    const { listener } = serving({ text, etag: undefined });
    const url = await httpServer(listener);
    const { download, registry } = setUp();
    expect(await download({ url, path: "../a.bin" })).toMatchObject({ error: "File.PathRefused" });
    expect(registry.mayRestart("holdfast:http:download", { url, path: "a.bin" })).toBe(true);
  });
});
