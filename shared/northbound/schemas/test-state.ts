import { printJson } from "#core/json.ts";
import type { StateMock, TestedState, TestStateRequest } from "#core/test-state/answer.ts";
import { z } from "../z.ts";
import { json, jsonObject } from "./shared.ts";

const count = z.int().min(0);

const mock = z
  .strictObject({
    result: json.optional(),
    errorOutput: z
      .strictObject({ error: z.string().optional(), cause: z.string().optional() })
      .optional(),
    fieldValidationMode: z.enum(["STRICT", "PRESENT", "NONE"]).optional().openapi({
      description: "How closely a result is compared with what the API that is called answers.",
    }),
  })
  .openapi("StateMock");

/** A state to test. */
export const testStateBody = z
  .strictObject({
    definition: jsonObject.openapi({
      description: "A state or, with `stateName`, a whole definition in Amazon States Language.",
    }),
    stateName: z.string().optional(),
    input: json.optional(),
    context: jsonObject.optional().openapi({ description: "Stands for the context object." }),
    variables: jsonObject.optional(),
    inspectionLevel: z.enum(["INFO", "DEBUG", "TRACE"]).optional(),
    mock: mock.optional(),
    stateConfiguration: z
      .strictObject({
        retrierRetryCount: count.optional(),
        mapIterationFailureCount: count.optional(),
        mapItemReaderData: z.string().optional(),
        errorCausedByState: z.string().optional(),
      })
      .optional(),
  })
  .openapi("TestStateRequest");

/** What came of it. */
export const testedState = z
  .strictObject({
    status: z.enum(["SUCCEEDED", "FAILED", "CAUGHT_ERROR", "RETRIABLE"]),
    output: json.optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
    nextState: z.string().optional(),
    inspectionData: jsonObject.optional().openapi({
      description: "From DEBUG on: values by stage, in the order in which they came.",
    }),
  })
  .openapi("TestedState");

type Body = z.output<typeof testStateBody>;

/** What is absent in JSON is absent in the request. */
const present = <T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

const mockOf = ({ result, ...others }: NonNullable<Body["mock"]>): StateMock =>
  present({ ...others, result: result === undefined ? undefined : printJson(result) }) as StateMock;

/** The body as TestState takes it: values as JSON text. */
export const testStateRequest = (body: Body): TestStateRequest => {
  const { input, context, variables, mock: given, ...others } = body;
  return present({
    ...others,
    input: input === undefined ? undefined : printJson(input),
    context: context && printJson(context),
    variables: variables && printJson(variables),
    mock: given && mockOf(given),
  }) as TestStateRequest;
};

/** A tested state as the API shows it. */
export const testedStateView = ({ kind: _, ...shown }: TestedState) => shown;
