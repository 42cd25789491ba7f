import { afterEach } from "vitest";
import { type HttpAdapterOptions, httpAdapter } from "#adapters/http/http-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import type { Json } from "#core/json.ts";
import type { ActivityRequest, ActivityResult } from "#ports/activity-runner.ts";
import { requestOf } from "./activity-requests.ts";

const open: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const adapter of open.splice(0)) await adapter.close();
});

/** An HTTP adapter behind a registry, as an environment has it, closed at the end of the test. */
export const setUpHttp = (options: HttpAdapterOptions = {}) => {
  const adapter = httpAdapter(options);
  open.push(adapter);
  const registry = adapterRegistry([adapter], { nowMs: Date.now });
  const send = async (
    parameters: Json,
    overrides: Partial<ActivityRequest> = {},
  ): Promise<ActivityResult> =>
    registry.run(requestOf("holdfast:http:request", parameters, overrides));
  return { adapter, registry, send };
};

/** The output of a result; fails the test if it has none. */
export const outputOf = (result: ActivityResult): Record<string, Json> => {
  if (result.kind === "failed") throw new TypeError(`${result.error}: ${result.cause}`);
  return result.output as Record<string, Json>;
};
