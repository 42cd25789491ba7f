import type { Engine } from "#engine/engine.ts";
import type { Executions } from "#engine/executions.ts";
import { onExecution } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";
import { execution, executionView } from "./schemas/execution.ts";
import { executionActivityPath, resolveBody } from "./schemas/question.ts";

/** What the operations on questions need. */
export interface QuestionsOptions {
  readonly engine: Engine;
  readonly executions: Executions;
}

/** Which fields go with which answer. */
const fields = { succeeded: ["output"], retry: [], failed: ["error", "cause"] } as const;

const mustFit = (resolution: keyof typeof fields, given: object): void => {
  const allowed: readonly string[] = fields[resolution];
  const odd = Object.keys(given).filter((name) => !allowed.includes(name));
  if (odd.length === 0) return;
  const names = odd.map((name) => `"${name}"`).join(" and ");
  throw new HttpProblem(
    "request-invalid",
    `The body is not valid. ${names} does not go with the resolution "${resolution}".`,
  );
};

/** Saying what became of activities whose server was lost (ADR 10). */
export const questionOperations = ({
  engine,
  executions,
}: QuestionsOptions): readonly Operation[] => [
  operation({
    method: "post",
    path: "/v1/executions/{executionId}/activities/{activity}/resolve",
    operationId: "resolveActivity",
    tag: "executions",
    needs: onExecution("execution:resolve"),
    summary: "Say what became of an interrupted activity",
    description:
      "For operators: answers a question of the execution. Of several answers the first one counts; the same one again is acknowledged. Answers when it is durable.",
    request: { params: executionActivityPath, body: resolveBody },
    bodyExample: { resolution: "succeeded", attempt: 1, output: { paymentId: "p-4711" } },
    answers: { 200: { description: "The execution after the answer.", schema: execution } },
    problems: ["execution-not-found", "activity-not-asking", "server-stopping"],
    answer: async ({ params: { executionId, activity }, body, principal }) => {
      const { resolution, attempt, ...given } = body;
      mustFit(resolution, given);
      const named = { activity, ...(attempt !== undefined && { attempt }) };
      await engine.resolve(executionId, { ...named, resolution, ...given, by: principal });
      return { status: 200, body: executionView(await executions.describe(executionId)) };
    },
  }),
];
