/** Runs of the processes in `examples/`, without the world outside: what their activities answer, and who signals. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { httpAdapter } from "#adapters/http/http-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { readProcessDocument } from "#catalog/process-document.ts";
import type { StateMachine } from "#core/asl/definition.ts";
import type { Json, JsonObject } from "#core/json.ts";
import type { ActivityRequest, ActivityResult } from "#ports/activity-runner.ts";

export interface ExampleRun {
  readonly name: string;
  readonly definition: StateMachine;
  readonly input: Json;
  readonly signals: readonly string[];
  /** Cuts that find something in flight that is not declared restartable, and that an operator is asked about. */
  readonly interruptions: { readonly before: number; readonly after: number };
  readonly answer: (request: Pick<ActivityRequest, "resource" | "parameters">) => ActivityResult;
}

const definitionOf = (example: string): StateMachine => {
  const fileName = fileURLToPath(
    new URL(`../../examples/${example}/process.yaml`, import.meta.url),
  );
  const reading = readProcessDocument({ text: readFileSync(fileName, "utf8"), fileName });
  if (reading.kind === "invalid")
    throw new Error(`${example} is not valid: ${JSON.stringify(reading.diagnostics)}`);
  return reading.document.definition;
};

const failed = (error: string): ActivityResult => ({ kind: "failed", error, cause: error });
const answered = (output: Json): ActivityResult => ({ kind: "succeeded", output });

/** A host behind a name: what becomes of a request tells the name. */
const hostAnswer: ExampleRun["answer"] = ({ resource, parameters }) => {
  const given = parameters as JsonObject;
  if (resource === "holdfast:core:raiseAlert") return answered({ alertId: "a1", isNew: true });
  const url = String(given["url"]);
  if (url.includes("closed")) return failed("Http.ConnectFailed");
  const status = url.includes("missing") ? 404 : url.includes("failing") ? 500 : 200;
  if (status >= 400 && given["failOnStatus"] !== false) return failed(`Http.Status.${status}`);
  return answered({ status, latencyMs: 12 });
};

/** One run of each example, long enough to meet most of its states. */
export const exampleRuns: readonly ExampleRun[] = [
  {
    name: "hello",
    definition: definitionOf("hello"),
    input: { name: "Ada", waitSeconds: 10 },
    signals: [],
    interruptions: { before: 0, after: 0 },
    answer: hostAnswer,
  },
  {
    name: "service-health",
    definition: definitionOf("service-health"),
    input: {
      endpoints: ["fast", "failing", "closed", "missing"].map((name) => ({
        name,
        url: `http://${name}/`,
      })),
    },
    signals: [],
    interruptions: { before: 0, after: 0 },
    answer: hostAnswer,
  },
  {
    name: "guarded-rollout",
    definition: definitionOf("guarded-rollout"),
    input: {
      mirrors: ["http://missing/r", "http://mirror/r"],
      hosts: ["http://a", "http://b"],
      watchSeconds: 10,
      pauseSeconds: 1,
    },
    signals: ["approved"],
    // One for each host that is deployed to: a POST is not declared restartable.
    interruptions: { before: 2, after: 2 },
    answer: hostAnswer,
  },
];

/** What the shipped adapters declare. */
const registry = adapterRegistry(
  [
    coreAdapter({
      alerts: { raise: () => Promise.reject(new Error("no alert is raised here")) } as never,
    }),
    httpAdapter({}),
  ],
  { nowMs: () => 0 },
);

export const { mayRestart } = registry;
