import type { Access } from "#access/access.ts";
import { Known } from "#access/known.ts";
import { type Operation, operation } from "./operation.ts";
import { instant, instantOf, jsonObject } from "./schemas/shared.ts";
import { z } from "./z.ts";

const health = z
  .strictObject({
    status: z.literal("ok"),
    environment: z.string(),
    version: z.string().openapi({ description: "Of Holdfast." }),
    server: z.string(),
    startedAt: instant,
    warnings: z
      .array(z.strictObject({ code: z.string(), message: z.string() }))
      .openapi({ description: "What an administrator should mend." }),
  })
  .openapi("Health");

/** Who answers here. */
export interface Identity {
  readonly environment: string;
  readonly version: string;
  readonly server: string;
  readonly startedAtMs: number;
  readonly nowMs: () => number;
  readonly access: Pick<Access, "isHandedOver">;
}

const alone = {
  code: "administrator-alone",
  message: "Only the token of the first start can administer; make somebody else an Administrator.",
};

/** A server is well while its storage does not answer: then it is not known, and nothing is said. */
const isHandedOver = async (handover: Known<boolean>): Promise<boolean> => {
  try {
    return await handover.get("");
  } catch {
    return true;
  }
};

/** Operations on the server itself; `document` is made once, when somebody asks. */
export const healthOperations = (
  identity: Identity,
  document: () => object,
): readonly Operation[] => {
  const { environment, version, server, startedAtMs } = identity;
  const handover = new Known(identity.nowMs, () => identity.access.isHandedOver());
  const healthNow = async (): Promise<z.infer<typeof health>> => ({
    status: "ok",
    environment,
    version,
    server,
    startedAt: instantOf(startedAtMs),
    warnings: (await isHandedOver(handover)) ? [] : [alone],
  });
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
      answer: async () => ({ status: 200, body: await healthNow() }),
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
