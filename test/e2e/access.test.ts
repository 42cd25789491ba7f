import { readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { serverUrl } from "./fixtures/server-url.ts";
import { type Ended, holdfast, type Running, startEnvironment } from "./holdfast-command.ts";

let directory: string;
let data: string;
let server: Running;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-access-"));
  data = join(directory, "data");
  server = await startEnvironment(data);
});

afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await rm(directory, { recursive: true });
});

const as = (token: string, ...commandArguments: string[]): Promise<Ended> =>
  holdfast(commandArguments, {
    env: {
      HOLDFAST_DATA: data,
      ...(token !== "" && { HOLDFAST_TOKEN: token, HOLDFAST_URL: serverUrl(data) }),
    },
  }).ended;

const call = (...commandArguments: string[]): Promise<Ended> => as("", ...commandArguments);

const json = async (...commandArguments: string[]) => {
  const { stdout, stderr, code } = await call(...commandArguments, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};

describe("the first start", () => {
  it("shows its token once, keeps it for its owner, and warns until somebody else can administer", async () => {
    const tokenFile = join(data, "admin.token");
    const token = readFileSync(tokenFile, "utf8").trim();
    expect(server.output()).toContain(`${token} (shown this once)`);
    expect(server.output()).toContain("only this token can administer");
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    expect((await call("servers")).stderr).toContain("Only the token of the first start");
    const events = await json("events", "--kind", "administrator-alone");
    expect(events).toHaveLength(1);
  });
});

describe("keys, roles and the audit", () => {
  it("are looked after from the command line", async () => {
    expect((await call("whoami")).stdout).toContain("key:admin");
    expect((await call("roles")).stdout).toContain("Creator-owner");
    const made = await json(
      ...["keys", "create", "ci", "--role", "Operator", "--category", "billing"],
      ...["--expires", "90d", "--aws", "--reason", "für den Bau"],
    );
    expect(made).toMatchObject({ principal: "key:ci", isForAws: true, secret: expect.any(String) });
    expect((await as(made.token, "whoami")).stdout).toContain("Operator for category billing");
    expect((await as(made.token, "keys")).stderr).toContain("key:ci may not do this");
    const rotated = await json("keys", "rotate", "ci", "--grace", "1h");
    expect(rotated.token).not.toBe(made.token);
    expect((await call("keys", "revoke", "ci")).stderr).toContain("several access keys");
    expect((await call("keys", "revoke", made.keyId)).stdout).toContain("is revoked");
    expect((await as(made.token, "whoami")).code).toBe(2);
    expect((await as(rotated.token, "whoami")).code).toBe(0);

    const given = await json("assignments", "create", "key:ci", "Auditor");
    expect((await as(rotated.token, "audit")).stdout).toContain("createAssignment");
    expect((await call("assignments")).stdout).toContain("Auditor");
    await json("assignments", "remove", given.assignmentId);
    expect((await as(rotated.token, "audit")).code).toBe(2);

    const audit = await json("audit", "--operation", "createAccessKey", "--kind", "changed");
    expect(audit).toMatchObject([
      { principal: "key:admin", from: "127.0.0.1", reason: "für den Bau", object: made.keyId },
    ]);
    const denied = await call("audit", "--kind", "denied");
    expect(denied.stdout).toMatch(/key:ci .*listAccessKeys .*denied .*forbidden/);
    const verified = await json("audit", "verify");
    expect(verified).toMatchObject({ isIntact: true, problems: [] });
    const head = `${verified.head.block}:${verified.head.hash}`;
    const other = `${verified.head.block}:${"0".repeat(64)}`;
    // What an audit without blocks showed.
    const empty = `0:${"0".repeat(64)}`;
    for (const noted of [head, empty])
      expect((await call("audit", "verify", "--expect", noted)).code).toBe(0);
    const changed = await call("audit", "verify", "--expect", other);
    expect([changed.code, changed.stdout.includes("not the block that was noted")]).toEqual([
      1,
      true,
    ]);
  });

  it("let a server join by the role Server, and by no less", async () => {
    const agent = await json("keys", "create", "agent", "--role", "Server");
    const auditor = await json("keys", "create", "looks", "--role", "Auditor");
    const join_ = (token: string) =>
      holdfast(["start", "--port", "0", "--join", data], { env: { HOLDFAST_TOKEN: token } });
    const refused = await join_(auditor.token).ended;
    expect([refused.code, refused.stderr.includes("may not add a server")]).toEqual([2, true]);
    const second = join_(agent.token);
    onTestFinished(() => void second.child.kill("SIGKILL"));
    await second.shows("Ready.");
    second.child.kill("SIGTERM");
    expect((await second.ended).code).toBe(0);
  });
});

describe("a server with a certificate", () => {
  const tls = join(import.meta.dirname, "fixtures", "tls");
  const [cert, key] = [join(tls, "cert.pem"), join(tls, "key.pem")];

  it("speaks TLS and nothing else, and is found by the command", async () => {
    const own = await mkdtemp(join(tmpdir(), "holdfast-tls-"));
    const started = holdfast([
      ...["start", "--port", "0", "--data", own, "--tls-cert", cert, "--tls-key", key],
      ...["--allow-origin", "https://console.example.net"],
    ]);
    onTestFinished(async () => {
      started.child.kill("SIGKILL");
      await started.ended;
      await rm(own, { recursive: true });
    });
    await started.shows("Ready.");
    const url = serverUrl(own);
    expect(url).toMatch(/^https:/);
    const headers = { origin: "https://console.example.net" };
    const answered = await new Promise<Record<string, unknown>>((resolve, reject) => {
      const ca = readFileSync(cert);
      request(`${url}/v1/health`, { ca, headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, ...response.headers });
      })
        .on("error", reject)
        .end();
    });
    expect(answered).toMatchObject({
      status: 200,
      "strict-transport-security": "max-age=31536000",
      "access-control-allow-origin": "https://console.example.net",
    });
    await expect(fetch(`${url.replace("https", "http")}/v1/health`)).rejects.toThrow();
    const env = { HOLDFAST_DATA: own, NODE_EXTRA_CA_CERTS: cert };
    expect((await holdfast(["whoami"], { env }).ended).stdout).toContain("key:admin");
  });

  it("does not start with files that are no certificate and its key", async () => {
    const wrong = join(directory, "wrong.pem");
    await writeFile(wrong, "wrong");
    const starting = (...more: string[]) =>
      holdfast(["start", "--port", "0", "--data", join(directory, "none"), ...more]).ended;
    for (const [more, message] of [
      [["--tls-cert", cert], "TLS needs a certificate and its key"],
      [["--tls-cert", cert, "--tls-key", wrong], "cannot be used as the key"],
      [["--tls-cert", wrong, "--tls-key", key], "cannot be used as a certificate"],
      [["--tls-cert", join(tls, "none.pem"), "--tls-key", key], "ENOENT"],
    ] as const) {
      const { code, stderr } = await starting(...more);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});

describe("who calls a local environment", () => {
  const principal = async (env: Record<string, string>, ...words: string[]) => {
    const { code, stdout, stderr } = await holdfast(["whoami", "--json", ...words], { env }).ended;
    return code === 0 ? JSON.parse(stdout).principal : stderr;
  };

  it("is whose token is given, and the owner of the directory where none is", async () => {
    const { token } = await json("keys", "create", "somebody");
    const local = { HOLDFAST_DATA: data };
    expect(await principal(local)).toBe("key:admin");
    expect(await principal({ ...local, HOLDFAST_TOKEN: token })).toBe("key:somebody");
    const file = join(directory, "somebody.token");
    await writeFile(file, token);
    expect(await principal(local, "--token-file", file)).toBe("key:somebody");
    expect(await principal({ ...local, HOLDFAST_TOKEN: "wrong" })).toContain("HOLDFAST_TOKEN");
  });

  it("is not whose token belongs to an environment that the command line does not mean", async () => {
    const elsewhere = { HOLDFAST_URL: "http://127.0.0.1:9", HOLDFAST_TOKEN: "of-that-one" };
    expect(await principal(elsewhere, "--data", data)).toBe("key:admin");
  });
});
