import type { Engine } from "#engine/engine.ts";
import { idempotencyHeaders, idFor } from "./idempotency-key.ts";
import { onExecution } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { executionPath } from "./schemas/execution.ts";
import { signal, signalBody } from "./schemas/signal.ts";

/** Telling executions what they may wait for. */
export const signalOperations = ({ engine }: { readonly engine: Engine }): readonly Operation[] => [
  operation({
    method: "post",
    path: "/v1/executions/{executionId}/signals",
    operationId: "signalExecution",
    tag: "executions",
    needs: onExecution("execution:signal"),
    isAudited: () => false,
    summary: "Send a signal to an execution",
    description:
      "Answers when the signal is durable. A state that waits for it (holdfast:signals:wait) takes it; until one does it is kept.",
    request: { params: executionPath, headers: idempotencyHeaders, body: signalBody },
    bodyExample: { name: "approved", id: "change-4711", payload: { by: "ann" } },
    answers: { 200: { description: "The signal.", schema: signal } },
    problems: [
      "execution-not-found",
      "execution-ended",
      "signal-invalid",
      "too-many-signals",
      "execution-set-aside",
    ],
    answer: async ({ params: { executionId }, headers, body, principal }) => {
      const { name, payload = null, id: given } = body;
      const known = idFor(given, { principal, headers });
      const { id } = await engine.signal(executionId, {
        ...(known !== undefined && { id: known }),
        name,
        payload,
        by: principal,
      });
      return { status: 200, body: { executionId, name, id } };
    },
  }),
];
