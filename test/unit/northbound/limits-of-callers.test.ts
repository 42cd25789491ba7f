import { expect, test } from "vitest";
import { administrator, principalOf } from "#access/principal.ts";
import { withOrigins } from "#northbound/cross-origin.ts";
import { shown } from "./documented.ts";
import { environment } from "./stand-in.ts";
import { webApp } from "./web-app.ts";

test("a caller who calls more often than it may is told when to come again", async () => {
  const { get } = environment({ limits: { callsPerSecondMax: 2 } });
  const statuses: number[] = [];
  for (let index = 0; index < 6; index += 1) statuses.push((await get("/v1/executions")).status);
  expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  const refused = await get("/v1/executions");
  expect(refused.headers.get("retry-after")).toBe("1");
  expect((await shown(refused)).code).toBe("too-many-calls");
  const other = { headers: { authorization: "Bearer other-0123456789" } };
  expect((await get("/v1/executions", other)).status).toBe(200);
});

test("a key may have a rate of its own", async () => {
  const { get } = environment({
    authenticate: () => principalOf("key:slow", [administrator], { callsPerSecondMax: 1 }),
  });
  const statuses: number[] = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await get("/v1/executions")).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test("an address where too many fail is told so, and the right token is still taken there", async () => {
  const limits = { failuresPerSecondMax: 1 };
  const { app, get } = environment({ limits }, "10.0.0.1");
  const wrong = { headers: { authorization: "Bearer wrong" } };
  const statuses: number[] = [];
  for (let index = 0; index < 4; index += 1)
    statuses.push((await app.request("/v1/executions", wrong)).status);
  expect(statuses).toEqual([401, 401, 429, 429]);
  expect((await get("/v1/executions")).status).toBe(200);
});

const origin = "https://console.example.net";
const preflight = {
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "POST" },
};
const crossOrigin = (response: Response) =>
  [...response.headers].filter(([name]) => name.startsWith("access-control-"));

test("pages of other origins get nothing from a browser unless their origin is named", async () => {
  const { api } = environment();
  const path = "/v1/health";
  const ask = (origins: readonly string[], init: RequestInit) =>
    webApp(withOrigins(api, origins)).request(path, init);
  for (const origins of [[], ["https://other.example.net"]]) {
    expect(crossOrigin(await ask(origins, { headers: { origin } }))).toEqual([]);
    expect(crossOrigin(await ask(origins, preflight))).toEqual([]);
  }
  const allowed = await ask([origin], { headers: { origin } });
  expect(allowed.status).toBe(200);
  expect(Object.fromEntries(allowed.headers)).toMatchObject({
    "access-control-allow-origin": origin,
    vary: "origin",
  });
  const asked = await ask([origin], preflight);
  expect(asked.status).toBe(204);
  expect(asked.headers.get("access-control-allow-headers")).toContain("authorization");
  // Nothing is sent along that the page did not have itself.
  expect(asked.headers.has("access-control-allow-credentials")).toBe(false);
});
