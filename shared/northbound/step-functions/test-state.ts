import { type CallAccess, forbidden } from "#access/call-access.ts";
import { asServiceSays, type Diagnostic } from "#core/asl/diagnostic.ts";
import { drive } from "#core/expressions/drive.ts";
import { type Json, type JsonObject, printJson } from "#core/json.ts";
import type {
  StateMock,
  TestedState,
  TestStateAnswer,
  TestStateCall,
  TestStateRequest,
} from "#core/test-state/answer.ts";
import { testState } from "#core/test-state/test-state.ts";
import type { ActivityResult } from "#ports/activity-runner.ts";
import { onEach } from "../needs.ts";
import type { Call, Operation } from "../operation.ts";
import { trialEvaluation } from "../trial-evaluation.ts";
import { z } from "../z.ts";
import { definitionIn, plainDocument } from "./definition-text.ts";
import type { ServiceOptions } from "./options.ts";
import { ServiceFault } from "./service-fault.ts";
import { changed, serviceOperation } from "./service-operation.ts";
import { definitionField } from "./state-machine-input.ts";

const count = z.int().min(0);

/** What the service lets the call of a tested state take. */
const callMsMax = 300_000;

const testInput = z.object({
  definition: definitionField,
  stateName: z.string().min(1).max(80).optional(),
  roleArn: z.string().min(1).max(256).optional(),
  input: z.string().optional(),
  context: z.string().optional(),
  variables: z.string().optional(),
  inspectionLevel: z.enum(["INFO", "DEBUG", "TRACE"]).optional(),
  revealSecrets: z.boolean().optional(),
  mock: z
    .object({
      result: z.string().optional(),
      errorOutput: z
        .object({ error: z.string().optional(), cause: z.string().optional() })
        .optional(),
      fieldValidationMode: z.enum(["STRICT", "PRESENT", "NONE"]).optional(),
    })
    .optional(),
  stateConfiguration: z
    .object({
      retrierRetryCount: count.optional(),
      mapIterationFailureCount: count.optional(),
      mapItemReaderData: z.string().optional(),
      errorCausedByState: z.string().optional(),
    })
    .optional(),
});

/** Stages that the service shows as they are; the others it shows as JSON text. */
const plainStages = new Set([
  "errorDetails",
  "request",
  "response",
  "toleratedFailureCount",
  "toleratedFailurePercentage",
  "maxConcurrency",
]);

const stagesView = (stages: JsonObject) =>
  Object.fromEntries(
    Object.entries(stages).map(([name, value]): [string, Json] => [
      name,
      plainStages.has(name) ? value : printJson(value),
    ]),
  );

const testedView = ({ kind: _, output, inspectionData, ...shown }: TestedState) => ({
  ...shown,
  ...(output !== undefined && { output: printJson(output) }),
  ...(inspectionData !== undefined && { inspectionData: stagesView(inspectionData) }),
});

const unanswered = ({ resource }: TestStateCall): ServiceFault =>
  new ServiceFault(
    "ValidationException",
    `The state calls ${resource || "other states"}, and a test does not: say in mock what it answers`,
  );

const held = (drain: string): ServiceFault =>
  new ServiceFault(
    "ValidationException",
    `The drain ${drain} lets nothing begin that the state calls: say in mock what it answers, or wait for its end`,
  );

/** Whoever may deploy a process of his own and start it may as well try out a state of it. */
const mustBeAllowed = ({ principal, coversKnown }: CallAccess): void => {
  const own = { owner: principal.id, process: "" };
  for (const action of ["process:deploy", "process:start"] as const)
    if (!coversKnown(action, own)) throw forbidden(principal, action);
};

/** The answer of the call as the mock by which the test goes on. */
const mockOf = (result: ActivityResult): StateMock =>
  result.kind === "succeeded"
    ? { result: printJson(result.output), fieldValidationMode: "NONE" }
    : { errorOutput: { error: result.error, cause: result.cause } };

type TestCall = Pick<Call, "access" | "signal">;

/** Carries out what the state calls. */
const tried = async (
  { trials, syncMsMax }: ServiceOptions,
  calls: TestStateCall & { readonly state: string },
  { access, signal }: TestCall,
): Promise<StateMock> => {
  if (trials === undefined) throw unanswered(calls);
  mustBeAllowed(access);
  const timeoutMs = Math.min(callMsMax, syncMsMax);
  const result = await trials(calls, { timeoutMs, signal: signal() });
  if (result.kind === "untried") throw unanswered(calls);
  if (result.kind === "held") throw held(result.drain);
  return mockOf(result);
};

/** The state that is tested, where nothing is called that is not known yet. */
const settledView = (answer: TestStateAnswer): ReturnType<typeof testedView> => {
  switch (answer.kind) {
    case "refused":
      throw new ServiceFault(answer.code, answer.message);
    case "calls":
      throw unanswered(answer);
    default:
      return testedView(answer);
  }
};

const test = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "TestState",
    needs: onEach("process:validate"),
    // Without a mock it may do something outside.
    isAudited: ({ body }) => body.mock === undefined,
    input: testInput,
    answer: async ({ body, ...call }) => {
      const definition = definitionIn(body.definition);
      const seed = crypto.randomUUID().replaceAll("-", "");
      const request = { ...body, definition } as TestStateRequest;
      const environment = { nowMs: options.nowMs(), seed, identity: options.identity };
      const test = (given: TestStateRequest) =>
        drive(testState(given, environment), trialEvaluation(call.signal()));
      const first = await test(request);
      if (first.kind !== "calls") return settledView(first);
      const calls = { ...first, state: body.stateName ?? "TestState" };
      const mock = await tried(options, calls, call);
      const shown = settledView(await test({ ...request, mock }));
      return changed(shown, { object: first.resource, after: { status: shown.status } });
    },
  });

const found = async (
  { processes }: ServiceOptions,
  definition: string,
  type: "STANDARD" | "EXPRESS",
): Promise<readonly Diagnostic[]> => {
  try {
    return await processes.validate(plainDocument(definition, "StateMachine", type));
  } catch (error) {
    if (!(error instanceof ServiceFault)) throw error;
    const code = "INVALID_JSON_DESCRIPTION";
    return [{ severity: "ERROR", code, message: "The definition is not a JSON object.", path: [] }];
  }
};

const validate = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ValidateStateMachineDefinition",
    needs: onEach("process:validate"),
    input: z.object({
      definition: definitionField,
      type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
      severity: z.enum(["ERROR", "WARNING"]).default("ERROR"),
      maxResults: z.int().min(0).max(100).default(0),
    }),
    answer: async ({ body: { definition, type, severity, maxResults } }) => {
      const all = await found(options, definition, type);
      const asked = all.filter(
        (diagnostic) => severity === "WARNING" || diagnostic.severity === "ERROR",
      );
      const shown = asked.slice(0, maxResults === 0 ? 100 : maxResults);
      return {
        result: all.some((diagnostic) => diagnostic.severity === "ERROR") ? "FAIL" : "OK",
        diagnostics: shown.map((diagnostic) => ({
          severity: diagnostic.severity,
          ...asServiceSays(diagnostic),
        })),
        truncated: shown.length < asked.length,
      };
    },
  });

/** Operations that try out states and definitions. */
export const trialOperations = (options: ServiceOptions): readonly Operation[] =>
  [test, validate].map((made) => made(options));
