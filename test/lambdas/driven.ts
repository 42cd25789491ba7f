/** An environment with its functions, driven by its API. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { apiCall, bearer, openEnvironment, type QueueFunction } from "./functions.ts";

/** Opens an environment and imports its functions; those that a test names are instances of their own. */
export const openDriven = async (variables: Readonly<Record<string, string>> = {}) => {
  const environment = await openEnvironment(variables);
  const { handler } = await import("#lambdas/northbound.ts");
  const call = apiCall(handler as never, bearer(environment.token));
  const { target } = environment;

  const deploy = async (name: string, definition: object, more: object = {}): Promise<void> => {
    const document = JSON.stringify({ kind: "Process", name, definition, ...more });
    const { status, text } = await call("POST /v1/processes", { document });
    expect(status, text).toBe(201);
  };
  const start = async (process: string, more: object = {}): Promise<string> => {
    const { status, body, text } = await call("POST /v1/executions", { process, ...more });
    expect(status, text).toBe(201);
    return body.executionId;
  };
  const show = async (executionId: string) => {
    const { body } = await call(`GET /v1/executions/${encodeURIComponent(executionId)}`);
    return body;
  };
  /** Shows the execution as soon as it is as wanted. */
  const until = async (
    executionId: string,
    isWanted: (shown: Awaited<ReturnType<typeof show>>) => boolean,
  ) => {
    for (let tries = 0; tries < 400; tries += 1) {
      const shown = await show(executionId);
      if (isWanted(shown)) return shown;
      await sleep(50);
    }
    throw new Error(`${executionId} stays as it is: ${JSON.stringify(await show(executionId))}`);
  };
  return {
    ...environment,
    call,
    deploy,
    start,
    show,
    until,
    ended: (executionId: string) => until(executionId, ({ status }) => status !== "RUNNING"),
    /** Resolves when the target was called at a path. */
    called: async (path: string, count = 1): Promise<void> => {
      for (let tries = 0; target.calls(path) < count; tries += 1) {
        if (tries === 1_000) throw new Error(`${path} was not called ${count} times`);
        await sleep(20);
      }
    },
    /** A Task state that calls the target. */
    task: (path: string, more: object = {}) => ({
      Type: "Task",
      Resource: "holdfast:http:request",
      Parameters: { url: `${target.url}${path}` },
      ...more,
    }),
    /** As many functions for turns as AWS would have instances. */
    turnFunctions: async (count: number): Promise<readonly QueueFunction[]> => {
      const instances = Array.from(
        { length: count },
        (_, index) => import(/* @vite-ignore */ `../../lambdas/turn.ts?instance=${index}`),
      );
      return (await Promise.all(instances)).map((instance) => instance.handler);
    },
  };
};

export type Driven = Awaited<ReturnType<typeof openDriven>>;
