import { z } from "@hono/zod-openapi";
import { type Operation, operation } from "./operation.ts";
import { instant, instantOf, jsonObject } from "./schemas/shared.ts";

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

/** Operations on the server itself; `document` is made once, when somebody asks. */
export const healthOperations = (
  identity: Identity,
  document: () => object,
): readonly Operation[] => {
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
      needs: "nobody",
      answers: { 200: { description: "The server answers.", schema: health } },
      problems: [],
      answer: () => ({ status: 200, body }),
    }),
    operation({
      method: "get",
      path: "/openapi.json",
      operationId: "getOpenApiDocument",
      tag: "health",
      summary: "Describe this API as OpenAPI 3.1",
      needs: "nobody",
      answers: { 200: { description: "The document.", schema: jsonObject } },
      problems: [],
      answer: () => ({ status: 200, body: document() }),
    }),
  ];
};
