/** Whoever watches an execution of a deployed environment, whose calls API Gateway ends after 30 s and passes on whole only. */
import { writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { holdfast } from "../e2e/holdfast-command.ts";
import { type DeployedEnvironment, environmentNamed } from "./environment.ts";
import { testbed } from "./testbed.ts";

interface Gateway {
  readonly url: string;
  /** Ids after which stretches were asked for. */
  readonly stretches: readonly string[];
  /** So many calls for stretches are answered as API Gateway does when a function dies. */
  readonly fail: (count: number) => void;
  readonly close: () => Promise<void>;
}

/** An address of the API that this machine can find: the emulator's names of APIs have no address. */
const openGateway = async ({ url }: DeployedEnvironment): Promise<Gateway> => {
  const { host, port } = new URL(url);
  const stretches: string[] = [];
  let failures = 0;
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method, headers } = request;
      const path = request.url ?? "/";
      if (path.endsWith("/events")) {
        stretches.push(String(headers["last-event-id"]));
        failures -= 1;
        if (failures >= 0) {
          response.writeHead(500, { "content-type": "application/json" });
          return response.end('{"message":"Internal Server Error"}');
        }
      }
      const onward = httpRequest(
        { host: "127.0.0.1", port, method, path, headers: { ...headers, host } },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on("error", () => response.destroy());
      return onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stretches,
    fail: (count) => {
      failures = count;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

let first: DeployedEnvironment;
let gateway: Gateway;

beforeAll(async () => {
  first = await environmentNamed("First");
  gateway = await openGateway(first);
});

afterAll(async () => {
  await gateway?.close();
});

const command = (...given: readonly string[]) =>
  holdfast(given, { env: { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: first.token } });

it("sees every event once and in order, over stretches in which nothing happens", async () => {
  const step = (index: number, next: object) => ({
    [`Step${index}`]: { Type: "Wait", Seconds: index === 3 ? 22 : 1, ...next },
  });
  const steps = [1, 2, 3, 4].map((index) => step(index, { Next: `Step${index + 1}` }));
  const definition = {
    StartAt: "Step1",
    States: Object.assign({}, ...steps, step(5, { End: true })),
  };
  const file = join(testbed().directory, "followed.json");
  writeFileSync(file, JSON.stringify({ kind: "Process", name: "followed", definition }));
  const watched = command("run", file, "--name", "one");
  await watched.shows("followed:one");
  const followed = await command("history", "followed:one", "--follow", "--json").ended;
  const { code, stdout, stderr } = await watched.ended;
  expect([code, stderr], stdout).toEqual([0, ""]);
  expect(stdout).not.toContain("The environment is away");
  const told = followed.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { events } = await first.api("/v1/executions/followed:one/history?limit=1000");
  expect(told.slice(0, -1)).toEqual(events);
  expect(told.at(-1)).toMatchObject({ executionId: "followed:one", status: "SUCCEEDED" });
  expect(followed.stderr).toBe("");
  // Each of the two asked some times only, and not over and over while nothing happened.
  expect(gateway.stretches.length).toBeGreaterThan(8);
  expect(gateway.stretches.length).toBeLessThan(40);
});

it("goes on where it was when a function dies that told the events", async () => {
  gateway.fail(2);
  const { code, stdout, stderr } = await command("history", "followed:one", "--follow", "--json")
    .ended;
  expect([code, stderr]).toEqual([0, ""]);
  const { events } = await first.api("/v1/executions/followed:one/history?limit=1000");
  const told = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(told.slice(0, -1)).toEqual(events);
});
