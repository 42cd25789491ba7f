import { drive } from "#core/expressions/drive.ts";
import type { TestStateCall, TestStateRefusal } from "#core/test-state/answer.ts";
import { onEach } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";
import {
  testedState,
  testedStateView,
  testStateBody,
  testStateRequest,
} from "./schemas/test-state.ts";

const bodyExample = {
  definition: {
    Type: "Task",
    QueryLanguage: "JSONata",
    Resource: "holdfast:http:request",
    Arguments: { url: "{% $states.input.url %}" },
    Output: "{% $states.result.status %}",
    End: true,
  },
  input: { url: "http://127.0.0.1:8080/" },
  mock: { result: { status: 200 } },
  inspectionLevel: "DEBUG",
};

const refusal = ({ code, message }: TestStateRefusal): HttpProblem =>
  new HttpProblem("request-invalid", message, { details: { reason: code } });

const unanswered = ({ resource, parameters, inspectionData }: TestStateCall): HttpProblem =>
  new HttpProblem(
    "request-invalid",
    `The state calls ${resource}, and a test of a state calls nothing.`,
    {
      action: "Say in mock.result or mock.errorOutput what it answers.",
      details: {
        reason: "MockRequired",
        call: { resource, parameters },
        ...(inspectionData !== undefined && { inspectionData }),
      },
    },
  );

/** Tests of single states: nothing is called, waited for or kept. */
export const testStateOperations = (nowMs: () => number): readonly Operation[] => [
  operation({
    method: "post",
    path: "/v1/test-state",
    operationId: "testState",
    tag: "processes",
    needs: onEach("process:validate"),
    isAudited: () => false,
    summary: "Run one state with a mock for what it calls, and show its data stage by stage",
    description:
      "Nothing is called, and a Wait takes no time. A Task needs a mock; without one the problem says in `call` what would be called.",
    request: { body: testStateBody },
    bodyExample,
    answers: { 200: { description: "What came of the state.", schema: testedState } },
    problems: [],
    answer: async ({ body }) => {
      const seed = crypto.randomUUID().replaceAll("-", "");
      // It brings the parser of definitions along, which few servers ever need.
      const { testState } = await import("#core/test-state/test-state.ts");
      const answer = await drive(testState(testStateRequest(body), { nowMs: nowMs(), seed }));
      switch (answer.kind) {
        case "refused":
          throw refusal(answer);
        case "calls":
          throw unanswered(answer);
        default:
          return { status: 200, body: testedStateView(answer) };
      }
    },
  }),
];
