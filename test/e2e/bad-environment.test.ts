/** A server that cannot be started: what is said, what to do next, and that the data stay as they are. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatVersion } from "#platforms/embedded/schema.ts";
import {
  refusal,
  stopped,
  type TroubledEnvironment,
  troubledEnvironment,
} from "./fixtures/troubled-environment.ts";
import { type Ended, startEnvironment } from "./holdfast-command.ts";

let environment: TroubledEnvironment;

beforeAll(async () => {
  environment = await troubledEnvironment();
});

afterAll(() => environment.close());

const startOn = (dataDirectory: string, ...more: readonly string[]): Promise<Ended> =>
  environment.call(["start", "--port", "0", "--data", dataDirectory, ...more]);

describe("a server does not start", () => {
  it("on a port in use", async () => {
    const { port } = new URL(environment.otherUrl);
    const path = join(environment.directory, "port");
    expect(await startOn(path, "--port", port)).toEqual(
      refusal(
        `127.0.0.1:${port} is in use by another program`,
        "choose another port with --port, or stop the program that uses it",
      ),
    );
    // It has left the directory to the next one.
    await stopped(await startEnvironment(path));
  });

  it("on an address that is not of this machine", async () => {
    expect(await startOn(join(environment.directory, "port"), "--host", "192.0.2.1")).toEqual(
      refusal(
        "cannot listen on 192.0.2.1:0: listen EADDRNOTAVAIL: address not available 192.0.2.1",
        "choose another address with --host and --port",
      ),
    );
  });

  it("on a data directory that another server uses, which goes on", async () => {
    expect(await startOn(environment.data)).toEqual(
      refusal(
        `another server uses the data directory ${environment.data} (process ${environment.server.child.pid})`,
        `Let this one work beside it with --join ${environment.data}, stop that server, or use another directory.`,
      ),
    );
    expect((await environment.call(["show", "kept:running"])).stdout).toContain("RUNNING");
  });

  it("on a data directory that a newer version wrote, which stays as it is", async () => {
    const path = await environment.restored("newer");
    const database = join(path, "holdfast.db");
    const connection = new DatabaseSync(database);
    connection.exec("PRAGMA user_version = 99");
    connection.close();
    const before = readFileSync(database, "latin1");
    const tooNew = refusal(
      `${database} has format 99, written by a newer release; this one knows formats up to ${formatVersion}`,
      "Use the newer release. Nothing was changed.",
    );
    expect(await startOn(path)).toEqual(tooNew);
    expect(
      await environment.call(["backup", join(environment.directory, "not-made"), "--data", path]),
    ).toEqual(tooNew);
    expect(readFileSync(database, "latin1")).toBe(before);
    expect(await readdir(environment.directory)).not.toContain("not-made");
  });

  it("on a damaged database, which stays as it is, while a backup can be restored", async () => {
    const path = await environment.restored("damaged");
    const database = join(path, "holdfast.db");
    const bytes = readFileSync(database);
    bytes.fill(0xff, 100, 4_000);
    writeFileSync(database, bytes);
    expect(await startOn(path)).toEqual(
      refusal(
        `${database} is not a Holdfast database: database disk image is malformed`,
        "Restore a backup into an empty directory (holdfast restore), or name another directory.",
      ),
    );
    expect(readFileSync(database).equals(bytes)).toBe(true);
    const again = await startEnvironment(await environment.restored("restored"));
    const shown = await environment.call([
      "show",
      "kept:running",
      "--data",
      join(environment.directory, "restored"),
    ]);
    expect(shown.stdout).toContain("RUNNING");
    await stopped(again);
  });

  it("on a database with damaged tables, which stays as it is", async () => {
    const path = await environment.restored("damaged-tables");
    const database = join(path, "holdfast.db");
    const bytes = readFileSync(database).fill(0xff, 4_096);
    writeFileSync(database, bytes);
    expect(await startOn(path)).toEqual(
      refusal(
        "the database cannot be used: database disk image is malformed",
        "Stop the server and restore a backup into an empty data directory.",
      ),
    );
    expect(readFileSync(database).equals(bytes)).toBe(true);
  });

  it("on a file of another kind, which stays as it is", async () => {
    const path = join(environment.directory, "text");
    mkdirSync(path);
    writeFileSync(join(path, "holdfast.db"), "some notes of mine");
    expect(await startOn(path)).toEqual(
      refusal(
        `${join(path, "holdfast.db")} is not a Holdfast database: file is not a database`,
        "Restore a backup into an empty directory (holdfast restore), or name another directory.",
      ),
    );
    expect(readFileSync(join(path, "holdfast.db"), "utf8")).toBe("some notes of mine");
  });

  it.each([
    [
      "kept.yaml",
      "a part of the path is a file, not a directory",
      "Name a directory, or a path where one can be made.",
    ],
    [
      "kept.yaml/data",
      "a part of the path is a file, not a directory",
      "Name a directory, or a path where one can be made.",
    ],
    [
      "/proc/holdfast/data",
      "there is no such file or directory, and none can be made there",
      "Name another path.",
    ],
  ])("where no data directory can be made: %s", async (path, reason, next) => {
    const { code, stderr, stdout } = await startOn(path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error {2}\S+ cannot be used: /);
    expect(stderr).toContain(`${reason}\n       ${next}\n`);
    const copied = await environment.call(["backup", join(path, "x")]);
    expect(copied.stderr).toContain(`cannot be used: ${reason}\n       ${next}\n`);
    expect(copied.code).toBe(2);
  });

  it("where it cannot write down where it answers, and lets go of everything", async () => {
    const path = await environment.restored("unannounced");
    const folder = join(path, "servers");
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, "");
    expect(await startOn(path)).toEqual(
      refusal(
        `${folder} cannot be used: a part of the path is a file, not a directory`,
        "Name a directory, or a path where one can be made.",
      ),
    );
    rmSync(folder);
    await stopped(await startEnvironment(path));
  });

  it("with a token file that cannot be read", async () => {
    const path = await environment.restored("sealed");
    rmSync(join(path, "admin.token"));
    mkdirSync(join(path, "admin.token"));
    expect(await startOn(path)).toEqual(
      refusal(
        `${join(path, "admin.token")} cannot be read: EISDIR: illegal operation on a directory, read`,
        "Move it away: then the next start makes a new access token.",
      ),
    );
  });

  it("for an environment of another name, or without one", async () => {
    const path = await environment.restored("named");
    expect(await startOn(path, "--environment", "OTHER")).toEqual(
      refusal(
        "this data directory belongs to the environment PRODUCTION, not to OTHER",
        "start it with --environment PRODUCTION, or name another directory with --data",
      ),
    );
    const right = await startEnvironment(path);
    expect((await environment.call(["show", "kept:running", "--data", path])).stdout).toContain(
      "RUNNING",
    );
    await stopped(right);
    const none = join(environment.directory, "unnamed");
    expect(await startOn(none, "--environment", "")).toEqual(
      refusal(
        '"" cannot be the name of an environment',
        "use 1 to 80 of the characters A-Z a-z 0-9 - _ in --environment",
      ),
    );
    expect(await readdir(environment.directory)).not.toContain("unnamed");
  });

  it.each([
    [
      ["--data", ""],
      "option '--data <dir>' argument '' is invalid. Write the path of a directory.",
    ],
    [
      ["--port", "http"],
      "option '--port <n>' argument 'http' is invalid. Write a whole number from 0 to 65535.",
    ],
    [["--prot", "1"], "unknown option '--prot'\n(Did you mean --port?)"],
  ])("with %j", async (options, message) => {
    const before = await readdir(environment.directory);
    expect(await environment.call(["start", ...options])).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: ${message}\n`,
    });
    expect(await readdir(environment.directory)).toEqual(before);
  });
});
