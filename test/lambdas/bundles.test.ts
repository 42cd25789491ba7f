import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildUnit, unitNames } from "../../lambdas/build.ts";

const sizeMax = 1024 * 1024;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-bundles-"));
  for (const unit of unitNames) await buildUnit(unit, join(folder, unit));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = promisify(execFile);

const variables = {
  AWS_REGION: "us-east-1",
  HOLDFAST_ENVIRONMENT: "TEST",
  HOLDFAST_VERSION: "0.0.0",
  HOLDFAST_EXECUTIONS_TABLE: "executions",
  HOLDFAST_CATALOG_TABLE: "catalog",
  HOLDFAST_SHARDS: "4",
  HOLDFAST_WORK_QUEUE_URL: "http://127.0.0.1:1/work",
  HOLDFAST_BUCKET: "bucket",
  HOLDFAST_KEY_ARN: "key",
  HOLDFAST_EVENT_BUS: "bus",
  HOLDFAST_ADMIN_SECRET_ARN: "secret",
  HOLDFAST_ACCOUNT: "123456789012",
  HOLDFAST_REGION: "eu-west-1",
};

/** What comes of importing a function: the type of its handler, or why it cannot be. */
const imported = async (unit: string, env: NodeJS.ProcessEnv): Promise<string> => {
  const file = JSON.stringify(join(folder, unit, "index.mjs"));
  const code = `import(${file}).then(({ handler }) => typeof handler, ({ message }) => message).then((said) => { console.log(said); process.exit(0); })`;
  const { stdout } = await run(process.execPath, ["--eval", code], { env });
  return stdout.trim();
};

/** The files that an import of a bundle reads. */
const filesAtImport = async (bundle: string): Promise<readonly string[]> => {
  const found = new Set([join(bundle, "index.mjs")]);
  // A set goes on with what is added to it meanwhile.
  for (const file of found) {
    const text = await readFile(file, "utf8");
    for (const [, name = ""] of text.matchAll(/(?:from|import)"\.\/([^"]+)"/g))
      found.add(join(bundle, name));
  }
  return [...found];
};

describe.each(unitNames)("the bundle of %s", (unit) => {
  it("is less than 1 MiB when it is compressed", async () => {
    const files = await readdir(join(folder, unit));
    let size = 0;
    for (const file of files)
      size += deflateRawSync(await readFile(join(folder, unit, file))).length;
    expect(size).toBeLessThan(sizeMax);
  });

  it("exports a handler, and needs nothing beside it", async () => {
    expect(await imported(unit, variables)).toBe("function");
  });

  it("reads nothing at its import that only some calls need", async () => {
    const code = await Promise.all(
      (await filesAtImport(join(folder, unit))).map((file) => readFile(file, "utf8")),
    );
    // A key set of an issuer, the parser of JSONata, the compiler of JSON Schemas, the client of large values.
    for (const rare of [
      /JWKSMultipleMatchingKeys/,
      /S0201/,
      /strict mode:/,
      /CompleteMultipartUpload/,
    ])
      expect(code.filter((text) => rare.test(text))).toEqual([]);
    // An import of a module of Node.js would read its every export.
    expect(code.filter((text) => /from"(node:)?(fs|http|crypto)"/.test(text))).toEqual([]);
  });

  it("says which variables are missing", async () => {
    const { HOLDFAST_BUCKET: _, ...others } = variables;
    const said = await imported(unit, {
      ...others,
      HOLDFAST_SHARDS: "none",
      HOLDFAST_ACCOUNT: "1234",
    });
    expect(said).toMatch(
      /HOLDFAST_SHARDS is no whole number.*HOLDFAST_ACCOUNT is not 12 digits.*HOLDFAST_BUCKET is missing/,
    );
  });
});
