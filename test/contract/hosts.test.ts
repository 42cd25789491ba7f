import { type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { accessEnvironment, administratorToken } from "./access-environment.ts";
import { sign } from "./sign-request.ts";

interface Sent {
  /** As the request line has it. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

const environment = async () => {
  const made = await accessEnvironment(undefined);
  const { port } = new URL(made.url);
  const grants = [{ role: "Auditor", scope: { kind: "all" } }];
  const { body: key } = await made.call(administratorToken, {
    method: "POST",
    path: "/v1/access-keys",
    body: { name: "aws", isForAws: true, grants },
  });
  const send = async ({ target: path, headers }: Sent) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ host: "127.0.0.1", port, path, headers }, resolve).on("error", reject).end();
    });
    let text = "";
    for await (const chunk of answer.setEncoding("utf8")) text += chunk;
    const type = answer.headers["content-type"];
    return { status: answer.statusCode, type, body: text === "" ? {} : JSON.parse(text) };
  };
  const signed = (host: string) => ({ ...sign(key, host, {}), host });
  return { port, send, signed };
};

test.each(["sync-127.0.0.1", "sync-[::1]", "sync-localhost", "999.999.999.999", "127.0.0.1"])(
  "a request is its key's, whatever host it was signed for: %s",
  async (name) => {
    const { port, send, signed } = await environment();
    const host = `${name}:${port}`;
    const headers = signed(host);
    for (const target of ["/v1/whoami", `http://${host}/v1/whoami`, `HTTP://${host}/v1/whoami`]) {
      const { status, body } = await send({ target, headers });
      expect([target, status, body.principal]).toEqual([target, 200, "key:aws"]);
    }
    const { status, body } = await send({ target: "/v1/health?unheard=of", headers });
    expect([status, body.code]).toEqual([400, "request-invalid"]);
  },
);

test.each([
  ["/v1/whoami", "a b", "Host"],
  ["/v1/whoami", "a@b", "Host"],
  ["/v1/whoami", "a/b", "Host"],
  ["*", "localhost", "path"],
  ["ftp://localhost/", "localhost", "path"],
])("what can be no address is said to be none: %s at %s", async (target, host, said) => {
  const { send } = await environment();
  const { status, type, body } = await send({ target, headers: { host } });
  expect([status, type, body.code]).toEqual([400, "application/problem+json", "request-invalid"]);
  expect(body.detail).toContain(said);
  expect(body.requestId).toMatch(/./);
});
