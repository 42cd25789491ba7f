import { expect, test } from "vitest";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { parseJson, printJson } from "#core/json.ts";
import { requestOf } from "./activity-requests.ts";
import { outputOf, setUpHttp } from "./http-setup.ts";
import { httpServer, textOf } from "./servers.ts";

const text = '{"b":1.0,"1":-0,"big":12345678901234567890123,"list":[1e400,{"__proto__":0.50}]}';

test("a body goes out and comes back as it was written", async () => {
  const bodies: string[] = [];
  const origin = await httpServer(async (request, response) => {
    bodies.push(await textOf(request));
    response.setHeader("content-type", "application/json");
    response.end(bodies.at(-1));
  });
  const { send } = setUpHttp();
  const parameters = `{"method":"POST","url":"${origin}","json":${text},"timeoutSeconds":20.0,"followRedirects":0.0}`;
  const result = await send(parseJson(parameters));
  expect(bodies).toEqual([text]);
  expect(printJson(outputOf(result)["body"] ?? null)).toBe(text);
  expect(outputOf(await send(parseJson(parameters.replace(text, "1.0"))))["status"]).toBe(200);
  expect(bodies[1]).toBe("1.0");
});

test("a number of a query is sent as it was written", async () => {
  const urls: (string | undefined)[] = [];
  const origin = await httpServer((request, response) => {
    urls.push(request.url);
    response.end();
  });
  const { send } = setUpHttp();
  outputOf(await send(parseJson(`{"url":"${origin}","query":{"v":1.10,"w":[2.0,3]}}`)));
  expect(urls).toEqual(["/?v=1.10&w=2.0&w=3"]);
});

test("a number is checked by its value", async () => {
  const { send } = setUpHttp();
  const at = (parameters: string) => send(parseJson(`{"url":"http://127.0.0.1:1",${parameters}}`));
  expect(await at('"followRedirects":1.50')).toMatchObject({ error: "Holdfast.ParametersInvalid" });
  expect(await at('"timeoutSeconds":1e400')).toMatchObject({ error: "Holdfast.ParametersInvalid" });
  expect(await at('"timeoutSeconds":-0')).toMatchObject({ error: "Holdfast.ParametersInvalid" });
});

test("echo gives back what it was given", async () => {
  const registry = adapterRegistry([coreAdapter({ alerts: {} as never })], { nowMs: () => 0 });
  const result = await registry.run(requestOf("holdfast:core:echo", parseJson(text)));
  expect(printJson(outputOf(result) as never)).toBe(text);
});
