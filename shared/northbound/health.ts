import { z } from "@hono/zod-openapi";
import { type Operation, operation } from "./operation.ts";
import { instant, instantOf } from "./schemas/shared.ts";

const health = z
  .strictObject({
    status: z.literal("ok"),
    environment: z.string(),
    version: z.string().openapi({ description: "Of Holdfast." }),
    server: z.string(),
    startedAt: instant,
  })
  .openapi("Health");

/** Who answers here. */
export interface Identity {
  readonly environment: string;
  readonly version: string;
  readonly server: string;
  readonly startedAtMs: number;
}

/** Operations on the server itself. */
export const healthOperations = (identity: Identity): readonly Operation[] => {
  const { environment, version, server, startedAtMs } = identity;
  const body: z.infer<typeof health> = {
    status: "ok",
    environment,
    version,
    server,
    startedAt: instantOf(startedAtMs),
  };
  return [
    operation({
      method: "get",
      path: "/v1/health",
      operationId: "getHealth",
      tag: "health",
      summary: "Say who answers here",
      isPublic: true,
      answers: { 200: { description: "The server answers.", schema: health } },
      problems: [],
      answer: () => ({ status: 200, body }),
    }),
  ];
};
