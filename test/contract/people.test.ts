import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { accessEnvironment, administratorToken } from "./access-environment.ts";

const audience = "holdfast";

/** An issuer of tokens on a port of its own. */
const issuer = async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const kid = "key-1";
  const keys = [{ ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" }];
  let isUp = true;
  let keysAnswer: { readonly status: number; readonly body: string } | undefined;
  const server = createServer((request, response) => {
    if (!isUp) return void response.destroy();
    if (keysAnswer !== undefined && request.url?.endsWith("/jwks") === true)
      return void response.writeHead(keysAnswer.status).end(keysAnswer.body);
    const body = request.url?.endsWith("/jwks")
      ? { keys }
      : { issuer: url, jwks_uri: `${url}/jwks` };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (
    claims: JWTPayload = {},
    key: Parameters<SignJWT["sign"]>[0] = privateKey,
    alg = "ES256",
  ) =>
    new SignJWT({ sub: "ann", ...claims })
      .setProtectedHeader({ alg, kid })
      .setIssuer(claims.iss ?? url)
      .setAudience(claims.aud ?? audience)
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? "10m")
      .sign(key);
  return {
    url,
    token,
    keys,
    setUp: (next: boolean) => {
      isUp = next;
    },
    answerKeysWith: (status: number, body: string) => {
      keysAnswer = { status, body };
    },
  };
};

const environment = async (more: object = {}) => {
  const made = await accessEnvironment(undefined);
  const corp = await issuer();
  const admin = (method: string, path: string, body?: unknown) =>
    made.call(administratorToken, { method, path, body });
  const wanted = { name: "corp", url: corp.url, audiences: [audience], ...more };
  const trusted = await admin("POST", "/v1/issuers", wanted);
  expect([trusted.status, trusted.body.detail]).toEqual([200, undefined]);
  const whoami = (token: string) => made.call(token, { method: "GET", path: "/v1/whoami" });
  return { ...made, corp, admin, whoami };
};

describe("a person", () => {
  test("is who the issuer says, with the roles of its groups and its own", async () => {
    const { corp, admin, whoami } = await environment();
    const assign = (subject: string, role: string) =>
      admin("POST", "/v1/assignments", { subject, role });
    await assign("group:corp/Ops Team", "Operator");
    await assign("user:corp/ann", "Auditor");
    await assign("group:corp/others", "Administrator");
    await assign("group:elsewhere/Ops Team", "Administrator");
    const { status, body } = await whoami(await corp.token({ groups: ["Ops Team", "staff"] }));
    expect(status).toBe(200);
    expect(body.principal).toBe("user:corp/ann");
    expect(body.groups).toEqual(["group:corp/Ops Team", "group:corp/staff"]);
    expect(body.grants.map(({ role }: { role: string }) => role).sort()).toEqual([
      "Auditor",
      "Operator",
    ]);
  });

  test("without a role may do nothing", async () => {
    const { corp, call } = await environment();
    const path = "/v1/executions";
    expect((await call(await corp.token(), { method: "GET", path })).status).toBe(403);
  });

  test("is told by the claims that the issuer uses", async () => {
    const { corp, whoami } = await environment({
      subjectClaim: "email",
      groupsClaim: "realm_access.roles",
    });
    const claims = { email: "ann@example.net", realm_access: { roles: "admins" } };
    expect((await whoami(await corp.token(claims))).body).toMatchObject({
      principal: "user:corp/ann@example.net",
      groups: ["group:corp/admins"],
    });
    expect((await whoami(await corp.token())).status).toBe(401);
  });

  test("is nobody any more when its token has run out, but for the tolerance", async () => {
    const { corp, whoami, pass } = await environment({ clockToleranceSeconds: 30 });
    const token = await corp.token({ exp: Math.floor(Date.now() / 1000) + 100 });
    expect((await whoami(token)).status).toBe(200);
    pass(120_000);
    expect((await whoami(token)).status).toBe(200);
    pass(20_000);
    const { status, body } = await whoami(token);
    expect([status, body.detail]).toEqual([401, "The token has expired."]);
  });

  test("is nobody any more when its issuer is trusted no longer", async () => {
    const { corp, admin, whoami } = await environment();
    const token = await corp.token();
    expect((await whoami(token)).status).toBe(200);
    expect((await admin("DELETE", "/v1/issuers/corp")).status).toBe(200);
    expect((await whoami(token)).status).toBe(401);
  });

  test("can sign in while the issuer is down, for its keys are known", async () => {
    const { corp, whoami } = await environment();
    await whoami(await corp.token());
    corp.setUp(false);
    expect((await whoami(await corp.token({ sub: "bob" }))).status).toBe(200);
  });

  test("is told to come again where the keys of the issuer were never read", async () => {
    const { corp, whoami } = await environment();
    corp.setUp(false);
    const { status, body } = await whoami(await corp.token());
    expect([status, body.code]).toEqual([503, "issuer-unavailable"]);
  });

  test.each([
    ["an error", 502, "Bad Gateway"],
    ["what is no JSON", 200, "<html>"],
    ["what is no set of keys", 200, "{}"],
  ])(
    "is told to come again where the issuer gives %s for its keys",
    async (_case, status, text) => {
      const { corp, whoami } = await environment();
      corp.answerKeysWith(status, text);
      const refused = await whoami(await corp.token());
      expect([refused.status, refused.body.code]).toEqual([503, "issuer-unavailable"]);
    },
  );
});

describe("a token is refused", () => {
  test.each([
    ["for another audience", { aud: "elsewhere" }],
    ["of another issuer", { iss: "http://127.0.0.1:1" }],
    ["that is not valid yet", { nbf: Math.floor(Date.now() / 1000) + 3600 }],
    ["of nobody", { sub: "" }],
    ["with a name that no log should hold", { sub: "ann\nbob" }],
  ])("%s", async (_case, claims) => {
    const { corp, whoami } = await environment();
    expect((await whoami(await corp.token(claims))).status).toBe(401);
  });

  test("signed by another key", async () => {
    const { corp, whoami } = await environment();
    const { privateKey } = await generateKeyPair("ES256");
    expect((await whoami(await corp.token({}, privateKey))).status).toBe(401);
  });

  test("signed with the public key as a shared secret", async () => {
    const { corp, whoami } = await environment();
    const secret = new TextEncoder().encode(JSON.stringify(corp.keys[0]));
    expect((await whoami(await corp.token({}, secret, "HS256"))).status).toBe(401);
  });

  test("without a signature", async () => {
    const { corp, whoami } = await environment();
    const claims = new UnsecuredJWT({ sub: "ann" }).setIssuer(corp.url).setAudience(audience);
    expect((await whoami(claims.setExpirationTime("10m").encode())).status).toBe(401);
    for (const token of ["a.b.c", "..", `${(await corp.token()).slice(0, -4)}AAAA`])
      expect((await whoami(token)).status).toBe(401);
  });
});

describe("an issuer", () => {
  test.each([
    ["without https", { url: "http://login.example.net" }],
    ["with keys that come without https", { keysUrl: "http://login.example.net/keys" }],
    ["that is no URL", { url: "corp" }],
    ["that nobody answers for", { url: "http://127.0.0.1:1" }],
  ])("%s is not trusted", async (_case, more) => {
    const { admin, corp } = await environment();
    const wanted = { name: "new", url: `${corp.url}/new`, audiences: ["x"], ...more };
    const { status, body } = await admin("POST", "/v1/issuers", wanted);
    expect([status, body.code]).toEqual([422, "issuer-invalid"]);
    expect((await admin("GET", "/v1/issuers")).body.issuers).toHaveLength(1);
  });

  test("that calls itself otherwise is not trusted", async () => {
    const { admin, corp } = await environment();
    const wanted = { name: "new", url: `${corp.url}/tenant`, audiences: ["x"] };
    const { body } = await admin("POST", "/v1/issuers", wanted);
    expect(body.detail).toContain("says that it is another");
  });

  test("has one name only", async () => {
    const { admin, corp } = await environment();
    const wanted = { name: "new", url: corp.url, audiences: ["x"] };
    expect((await admin("POST", "/v1/issuers", wanted)).status).toBe(422);
  });
});
