import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createAccess } from "#access/access.ts";
import { createAudit } from "#access/audit/create-audit.ts";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { processCatalog } from "#catalog/process-catalog.ts";
import { stateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { createEngine } from "#engine/create-engine.ts";
import { createExecutions } from "#engine/create-executions.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import { KnownDescriptions } from "#engine/known-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import { embeddedSettings } from "#engine/settings.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import { northbound } from "#northbound/app.ts";
import { bearerTokens } from "#northbound/bearer-tokens.ts";
import { openEmbeddedPlatform } from "#platforms/embedded/embedded-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import type { Platform } from "#ports/platform.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { fc } from "../fast-check.ts";
import { nastyText } from "../unit/json/nasty-text.ts";
import { webApp } from "../unit/northbound/web-app.ts";
import { openEnvironment, startAwsServers } from "./aws-servers.ts";

const token = "sesame-0123456789";
const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

/** What the input goes through: every way of moving a value, an activity, executions of their own, and snapshots at each record. */
const moving = `
kind: Process
name: moving
definition:
  StartAt: Pass
  States:
    Pass: {Type: Pass, Next: Branches}
    Branches:
      Type: Parallel
      Branches:
        - StartAt: Echo
          States: {Echo: {Type: Task, Resource: "holdfast:core:echo", End: true}}
        - StartAt: Member
          States: {Member: {Type: Pass, Parameters: {"x.$": $}, OutputPath: $.x, End: true}}
        - StartAt: Jsonata
          States:
            Jsonata:
              Type: Task
              QueryLanguage: JSONata
              Resource: "holdfast:core:echo"
              Assign: {kept: '{% $states.input %}'}
              Output: '{% $states.result %}'
              Next: Variable
            Variable: {Type: Pass, QueryLanguage: JSONata, Output: '{% $kept %}', End: true}
      ResultPath: $.results
      Next: Items
    Items:
      Type: Map
      ItemsPath: $.results
      ItemProcessor:
        StartAt: Item
        States: {Item: {Type: Pass, End: true}}
      Next: Far items
    Far items:
      Type: Map
      ItemProcessor:
        ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
        StartAt: Far item
        States: {Far item: {Type: Task, Resource: "holdfast:core:echo", End: true}}
      End: true
`;

const environment = async (platform: Platform) => {
  const { nowMs } = systemClock;
  const { documents } = platform;
  const { alertStore } = await import("#tasks/alert-store.ts");
  const alerts = alertStore({ documents, nowMs });
  const runner = adapterRegistry([coreAdapter({ alerts })], { nowMs });
  const processes = processCatalog({ documents, nowMs, knowsResource: runner.knowsResource });
  const drains = new Drains({
    documents,
    clock: systemClock,
    server: "server-1",
    targetOf: runner.targetOf,
  });
  const context = {
    drains,
    platform,
    clock: systemClock,
    entropy: systemEntropy,
    runner,
    program: processes.program,
    settings: { ...embeddedSettings, snapshotEveryRecords: 1 },
    server: "server-1",
    onSystemEvent: () => {},
  };
  const engine = createEngine({ ...context, onEnd: () => {} });
  closers.unshift(() => engine.close({ graceMs: 1000 }));
  const api = northbound({
    engine,
    // Nothing is remembered: every answer is read from the log.
    executions: createExecutions({
      ...context,
      onCommit: engine.onCommit,
      known: new KnownDescriptions(),
    }),
    processes,
    stateMachines: stateMachineCatalog({ documents, nowMs: systemClock.nowMs }),
    restarts: createRestarts({ ...context, start: engine.start, effectOf: runner.effectOf }),
    alerts,
    servers: { list: async () => [], remove: async () => undefined },
    systemEvents: systemEventStore({
      documents,
      clock: systemClock,
      entropy: systemEntropy,
      server: "server-1",
    }),
    drains: createDrainOperations({ ...context, drains, inFlight: engine.inFlight }),
    environment: "TEST",
    version: "0.0.0",
    server: "server-1",
    nowMs,
    audit: createAudit({
      documents,
      clock: systemClock,
      entropy: systemEntropy,
      server: "server-1",
      onDropped: () => undefined,
    }),
    access: createAccess({
      documents,
      clock: systemClock,
      sealing: aesSealing(() => new Uint8Array(32)),
    }),
    authenticate: bearerTokens([{ principal: "key:admin", token }]),
    tokenHint: "",
    log: ({ error }) => {
      throw error;
    },
  });
  return async (path: string, body?: string): Promise<string> => {
    const response = await webApp(api).request(path, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    return await response.text();
  };
};

const platforms = {
  memory: async () => memoryPlatform({ clock: systemClock }),
  aws: async () => {
    const servers = await startAwsServers();
    closers.push(servers.stop);
    const { platform, close } = await openEnvironment(servers, systemClock);
    closers.unshift(close);
    return platform;
  },
  embedded: async () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-lossless-"));
    const platform = openEmbeddedPlatform({
      directory,
      clock: systemClock,
      entropy: systemEntropy,
    });
    closers.push(async () => platform.close());
    closers.push(() => rm(directory, { recursive: true }));
    return platform;
  },
};

describe.for(Object.entries(platforms))("on the %s platform", ([name, open]) => {
  // Each call of the servers that speak DynamoDB takes milliseconds.
  const runs = (count: number): number => (name === "aws" ? count / 6 : count);

  test("an input comes back as it was sent, by whatever way it goes", async () => {
    const call = await environment(await open());
    expect(await call("/v1/processes", JSON.stringify({ document: moving }))).toContain(
      '"version":1',
    );
    await fc.assert(
      fc.asyncProperty(nastyText, async (text) => {
        const input = `{"data":${text},"1":0}`;
        const ended = await call(
          "/v1/executions",
          `{"process":"moving","waitSeconds":20.0,"input":${input}}`,
        );
        expect(ended).toContain(`"input":${input},"output":[${input},${input},${input}]`);
        const { executionId } = JSON.parse(ended) as { executionId: string };
        expect(await call(`/v1/executions/${encodeURIComponent(executionId)}`)).toBe(ended);
        const history = await call(`/v1/executions/${encodeURIComponent(executionId)}/history`);
        expect(history.split(input).length).toBeGreaterThan(10);
      }),
      { numRuns: runs(60) },
    );
  }, 60_000);

  test("a definition's data comes back as it was written", async () => {
    const call = await environment(await open());
    let deployed = 0;
    await fc.assert(
      fc.asyncProperty(nastyText, async (text) => {
        deployed += 1;
        const name = `data-${deployed}`;
        const result = `{"data":${text},"1":0}`;
        const definition = `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":${result},"End":true}}}`;
        const document = `{"kind":"Process","name":"${name}","definition":${definition}}`;
        await call("/v1/processes", JSON.stringify({ document, fileName: "a.json" }));
        expect(await call(`/v1/processes/${name}`)).toContain(definition);
        const ended = await call("/v1/executions", `{"process":"${name}","waitSeconds":20}`);
        expect(ended).toContain(`"output":${result},`);
      }),
      { numRuns: runs(30) },
    );
  }, 60_000);
});
