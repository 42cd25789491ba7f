/** An environment that is not reached: what is said and what to do next. */

import { readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverUrl } from "./fixtures/server-url.ts";
import {
  refusal,
  stopped,
  type TroubledEnvironment,
  troubledEnvironment,
} from "./fixtures/troubled-environment.ts";
import { startEnvironment } from "./holdfast-command.ts";

let environment: TroubledEnvironment;

beforeAll(async () => {
  environment = await troubledEnvironment();
});

afterAll(() => environment.close());

describe("an environment is not reached", () => {
  it("where no server runs on its data directory", async () => {
    expect(await environment.call(["ps", "--data", "nowhere"])).toEqual(
      refusal(
        `No environment runs on ${join(environment.directory, "nowhere")}`,
        "Start it with: npx holdfast start --data nowhere",
        "or say where it is: --data DIR, or --url URL with HOLDFAST_TOKEN",
      ),
    );
    expect(await readdir(environment.directory)).not.toContain("nowhere");
  });

  it("where its server was killed, until it is started again", async () => {
    const path = await environment.restored("killed");
    const killed = await startEnvironment(path);
    const silent = serverUrl(path);
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(await environment.call(["ps", "--data", path])).toEqual(
      refusal(
        `No environment answers at ${silent}: the connection is refused`,
        `Start it with: npx holdfast start --data ${path}`,
      ),
    );
    const again = await startEnvironment(path);
    expect((await environment.call(["ps", "--data", path])).stdout).toContain("kept:running");
    await stopped(again);
  });

  const checkUrl = "Check the URL (--url, HOLDFAST_URL) and that the environment runs there";
  it.each([
    [
      "nowhere",
      '"nowhere" is not the URL of an environment',
      "Write it like this: --url http://127.0.0.1:7437",
    ],
    [
      "ftp://127.0.0.1/",
      '"ftp://127.0.0.1/" is not the URL of an environment',
      "Write it like this: --url http://127.0.0.1:7437",
    ],
    ["http://nowhere.invalid", "No environment answers at http://nowhere.invalid: ", checkUrl],
    ["OTHER", "What answers at OTHER is not a Holdfast environment", checkUrl],
    ["HERE/nested", "What answers at HERE/nested is not a Holdfast environment", checkUrl],
  ])("at the wrong URL %s", async (given, message, next) => {
    const real = (text: string): string =>
      text.replace("OTHER", environment.otherUrl).replace("HERE", environment.url);
    const token = readFileSync(join(environment.data, "admin.token"), "utf8").trim();
    const { code, stderr, stdout } = await environment.call(["ps", "--url", real(given)], {
      HOLDFAST_TOKEN: token,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`error  ${real(message)}`);
    expect(stderr).toContain(`\n       ${next}\n`);
  });

  const tokenLine =
    "A token is one line without blanks, as the file admin.token of the data directory has it";
  it.each([
    [
      { HOLDFAST_TOKEN: "wrong" },
      [],
      "The environment at HERE refuses the access token",
      "Give the right one in HOLDFAST_TOKEN or --token-file (a local one lies in DIR/admin.token)",
    ],
    [
      { HOLDFAST_TOKEN: "hf_two\nlines" },
      [],
      "What HOLDFAST_TOKEN holds is not an access token",
      tokenLine,
    ],
    [{}, [], "There is no access token for HERE", "Set HOLDFAST_TOKEN, or give --token-file FILE"],
    [
      {},
      ["--token-file", "nowhere"],
      "There is no token file nowhere",
      "Name the file that holds the access token: --token-file FILE, or set HOLDFAST_TOKEN",
    ],
    [{}, ["--token-file", "kept.yaml"], "What kept.yaml holds is not an access token", tokenLine],
    [
      {},
      ["--token-file", "data"],
      "Cannot read data: EISDIR: illegal operation on a directory, read",
      "Look at that path and at who may read it",
    ],
  ])("with the wrong token: %j %j", async (...row) => {
    const [env, options, message, next] = row;
    const found = await environment.call(
      ["ps", "--url", environment.url, ...options],
      env as Record<string, string>,
    );
    expect(found).toEqual(refusal(message.replace("HERE", environment.url), next));
  });

  it("with an empty token file, until the server makes a new one", async () => {
    const path = await environment.restored("no-token");
    writeFileSync(join(path, "admin.token"), "");
    const own = await startEnvironment(path);
    expect((await environment.call(["ps", "--data", path])).stdout).toContain("kept:running");
    await stopped(own);
  });
});
