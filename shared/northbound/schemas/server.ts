import type { ServerDescription } from "#monitoring/servers.ts";
import { z } from "../z.ts";
import { instant, instantIfAny } from "./shared.ts";

const name = z.string().max(80).openapi({ example: "server-1f0c3c1e" });

/** A server of the environment. */
export const server = z
  .strictObject({
    name,
    state: z.enum(["running", "draining", "silent", "gone"]).openapi({
      description: "`silent`: its process is there and does nothing; `gone`: it is not there.",
    }),
    isSelf: z.boolean().openapi({ description: "Whether it is the one that answers." }),
    pid: z.int(),
    version: z.string().optional().openapi({ description: "Of Holdfast." }),
    url: z.string().optional(),
    startedAt: instant.optional(),
    heartbeatAt: instant.optional(),
    executionCount: z
      .int()
      .optional()
      .openapi({ description: "Executions that it works on, as of its last heartbeat." }),
  })
  .openapi("Server");

/** All of them, by name. */
export const serverList = z.strictObject({ servers: z.array(server) }).openapi("ServerList");

/** Path of one server. */
export const serverPath = z.strictObject({ name });

/** A server as the API shows it. */
export const serverView = ({
  startedAtMs,
  heartbeatAtMs,
  ...shown
}: ServerDescription): z.infer<typeof server> => ({
  ...shown,
  startedAt: instantIfAny(startedAtMs),
  heartbeatAt: instantIfAny(heartbeatAtMs),
});
