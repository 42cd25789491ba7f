import { OrchestratorError } from "#core/errors.ts";
import type { Servers } from "#monitoring/servers.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { server, serverList, serverPath, serverView } from "./schemas/server.ts";

const notFound = (name: string): OrchestratorError =>
  new OrchestratorError("server-not-found", `There is no server ${name}.`);

const list = (servers: Servers): Operation =>
  operation({
    method: "get",
    path: "/v1/servers",
    operationId: "listServers",
    tag: "operations",
    needs: onEnvironment("server:read"),
    summary: "List the servers of the environment",
    answers: { 200: { description: "All of them.", schema: serverList } },
    problems: [],
    answer: async () => ({
      status: 200,
      body: { servers: (await servers.list()).map(serverView) },
    }),
  });

const get = (servers: Servers): Operation =>
  operation({
    method: "get",
    path: "/v1/servers/{name}",
    operationId: "getServer",
    tag: "operations",
    needs: onEnvironment("server:read"),
    summary: "Show a server",
    request: { params: serverPath },
    answers: { 200: { description: "The server.", schema: server } },
    problems: ["server-not-found"],
    answer: async ({ params: { name } }) => {
      const found = (await servers.list()).find((each) => each.name === name);
      if (found === undefined) throw notFound(name);
      return { status: 200, body: serverView(found) };
    },
  });

const remove = (servers: Servers): Operation =>
  operation({
    method: "delete",
    path: "/v1/servers/{name}",
    operationId: "removeServer",
    tag: "operations",
    needs: onEnvironment("server:remove"),
    isReasonNeeded: true,
    summary: "Remove a server: forget one that is gone, let a living one drain and end",
    description: "Wants a reason, in the header Holdfast-Reason.",
    request: { params: serverPath },
    answers: {
      200: { description: "It was gone and is forgotten.", schema: server },
      202: { description: "It is there, and is asked to drain and end.", schema: server },
    },
    problems: ["server-not-found"],
    answer: async ({ params: { name } }) => {
      const found = await servers.remove(name);
      if (found === undefined) throw notFound(name);
      const body = serverView(found);
      return { status: found.state === "gone" ? 200 : 202, body, change: { before: body } };
    },
  });

/** Operations on the servers of the environment. */
export const serverOperations = (servers: Servers): readonly Operation[] =>
  [list, get, remove].map((made) => made(servers));
