import { randomBytes } from "node:crypto";
import { readSource } from "#catalog/document-source.ts";
import { drive } from "#core/expressions/drive.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import type { StateMock, TestStateRequest } from "#core/test-state/answer.ts";
import { testState } from "#core/test-state/test-state.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { testedStateLines } from "../view/tested-state.ts";
import { readDocument } from "./document.ts";
import { readJsonText } from "./json-text.ts";

export interface TestStateOptions {
  readonly state?: string;
  readonly input?: string;
  readonly context?: string;
  readonly variables?: string;
  readonly mockResult?: string;
  readonly mockError?: string;
  readonly mockCause?: string;
  readonly validation: "strict" | "present" | "none";
  readonly retryCount?: number;
  readonly failedItems?: number;
  readonly items?: string;
  readonly level: "info" | "debug" | "trace";
  readonly json?: boolean;
}

const upper = <Word extends string>(word: Word): Uppercase<Word> =>
  word.toUpperCase() as Uppercase<Word>;

/** A process document, a definition, or a single state; the first state where none is named. */
const definitionIn = async (path: string, state: string | undefined) => {
  const { fileName, document } = await readDocument(path);
  const reading = readSource(document, fileName);
  if (reading.kind === "unreadable")
    throw new CommandFailed(`${fileName} cannot be read`, {
      findings: reading.diagnostics.map(
        ({ line = 1, column = 1, message }) => `${fileName}:${line}:${column}  ${message}`,
      ),
    });
  const { value } = reading.source;
  const isDocument = isJsonObject(value) && value["kind"] === "Process";
  const definition: Json = (isDocument ? value["definition"] : value) ?? null;
  const first = isJsonObject(definition) ? definition["StartAt"] : undefined;
  const stateName = state ?? (typeof first === "string" ? first : undefined);
  return { definition, ...(stateName !== undefined && { stateName }) };
};

const mockOf = async (options: TestStateOptions): Promise<{ readonly mock?: StateMock }> => {
  const { mockError: error, mockCause: cause } = options;
  const result = await readJsonText("--mock-result", options.mockResult);
  if (result === undefined && error === undefined && cause === undefined) return {};
  const hasError = error !== undefined || cause !== undefined;
  return {
    mock: {
      fieldValidationMode: upper(options.validation),
      ...(result !== undefined && { result }),
      ...(hasError && {
        errorOutput: {
          error: error ?? "States.TaskFailed",
          ...(cause !== undefined && { cause }),
        },
      }),
    },
  };
};

const given = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };

const requestOf = async (options: TestStateOptions, path: string): Promise<TestStateRequest> => ({
  ...(await definitionIn(path, options.state)),
  ...given("input", await readJsonText("--input", options.input)),
  ...given("context", await readJsonText("--context", options.context)),
  ...given("variables", await readJsonText("--variables", options.variables)),
  ...(await mockOf(options)),
  inspectionLevel: upper(options.level),
  stateConfiguration: {
    ...given("retrierRetryCount", options.retryCount),
    ...given("mapIterationFailureCount", options.failedItems),
    ...given("mapItemReaderData", await readJsonText("--items", options.items)),
  },
});

const isFine = new Set(["SUCCEEDED", "CAUGHT_ERROR"]);

/** Runs one state without an environment and shows the data at each stage of its way. */
export const runTestState = async (
  call: { readonly options: TestStateOptions; readonly terminal: Terminal },
  path: string,
): Promise<number> => {
  const { options, terminal } = call;
  const request = await requestOf(options, path);
  const environment = { nowMs: Date.now(), seed: randomBytes(16).toString("hex") };
  const answer = await drive(testState(request, environment));
  if (answer.kind === "refused")
    throw new CommandFailed(`${answer.code}: ${answer.message}`, {
      next: "What to give is told by: holdfast test-state --help",
    });
  if (answer.kind === "calls" && options.json !== true) {
    for (const line of testedStateLines(answer, terminal)) terminal.out(line);
    throw new CommandFailed(`The state calls ${answer.resource}, and nothing is called offline`, {
      next: "Say what it answers: --mock-result JSON, or --mock-error NAME --mock-cause TEXT",
    });
  }
  if (options.json === true) {
    const { kind, ...shown } = answer;
    terminal.json(shown);
  } else for (const line of testedStateLines(answer, terminal)) terminal.out(line);
  if (answer.kind === "calls") return exitCodes.commandFailed;
  return isFine.has(answer.status) ? exitCodes.success : exitCodes.executionFailed;
};
