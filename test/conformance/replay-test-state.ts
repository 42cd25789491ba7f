/** Runs a recorded TestState call and compares what comes of it. */
import { drive } from "#core/expressions/drive.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import type { StateMock, TestStateAnswer, TestStateRequest } from "#core/test-state/answer.ts";
import { testState } from "#core/test-state/test-state.ts";
import type { RecordedCase, RecordedTestState, Verdict } from "./case.ts";
import { match, taskReplayer } from "./recorded/compare.mjs";

const environment = {
  nowMs: Date.UTC(2026, 10, 23, 9),
  seed: "00112233445566778899aabbccddeeff",
  identity: { account: "111111111111", region: "us-east-1" },
};

const calling = /"Type":"(Task|Map|Parallel)"/;

/** The recordings do not keep the role; the states that call something were given one. */
const roleOf = ({ definition }: RecordedTestState): Pick<TestStateRequest, "roleArn"> =>
  calling.test(JSON.stringify(definition))
    ? { roleArn: "arn:aws:iam::111111111111:role/test" }
    : {};

/** The answer of the recorded stub to a call that no mock stands for. */
const stubAnswer = (recorded: RecordedTestState, resource: string, parameters: Json): StateMock => {
  const answers = taskReplayer(recorded as unknown as RecordedCase);
  const { output, error, cause } = answers("StateName", resource, parameters);
  if (output !== undefined) return { result: JSON.stringify(output), fieldValidationMode: "NONE" };
  return { errorOutput: { error: error ?? "", cause: cause ?? "" } };
};

/** The call as it was made. */
export const askedOf = (recorded: RecordedTestState): TestStateRequest => {
  const { definition, request } = recorded;
  return { ...roleOf(recorded), ...request, definition };
};

const answerOf = async (recorded: RecordedTestState): Promise<TestStateAnswer> => {
  const asked = askedOf(recorded);
  const answer = await drive(testState(asked, environment));
  if (answer.kind !== "calls") return answer;
  const mock = stubAnswer(recorded, answer.resource, answer.parameters);
  return drive(testState({ ...asked, mock }, environment));
};

/** An answer under the names that the recordings have for its fields. */
export type AnswerFields = { readonly [field: string]: Json | undefined };

const fieldsOf = (answer: TestStateAnswer): AnswerFields => {
  const { kind, ...fields } = answer;
  return kind === "refused" && "code" in fields
    ? { apiError: fields.code, message: fields.message }
    : (fields as AnswerFields);
};

const levelsOf = {
  L1: ["status", "output", "error", "nextState", "apiError"],
  L2: ["cause", "message"],
  L4: ["inspectionData"],
} as const;

/** Runs a call and compares. */
export const judgeTestState = async (recorded: RecordedTestState): Promise<Verdict> =>
  judgeAnswer(recorded, fieldsOf(await answerOf(recorded)));

/** Compares every field that was recorded; nothing more may be there. */
export const judgeAnswer = (recorded: RecordedTestState, answer: AnswerFields): Verdict => {
  const differences = (fields: readonly string[]): string[] =>
    fields.flatMap((field) => {
      const expected = recorded.expect[field];
      const got = answer[field];
      if (expected !== undefined) return match(expected, got, field);
      return got === undefined ? [] : [`${field}: unexpected ${JSON.stringify(got)}`];
    });
  const isInspected = isJsonObject(recorded.expect["inspectionData"] ?? null);
  return {
    L1: differences(levelsOf.L1),
    L2: differences(levelsOf.L2),
    L3: null,
    L4: isInspected || answer["inspectionData"] !== undefined ? differences(levelsOf.L4) : null,
    parameters: null,
  };
};
