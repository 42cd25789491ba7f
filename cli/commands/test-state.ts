import { randomBytes } from "node:crypto";
import { readSource } from "#catalog/document-source.ts";
import { suggestion } from "#core/asl/suggest.ts";
import { drive } from "#core/expressions/drive.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import type { StateMock, TestStateRefusal, TestStateRequest } from "#core/test-state/answer.ts";
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

/** Names of states, in whatever depth. */
const stateNames = (value: Json): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(stateNames);
  if (!isJsonObject(value)) return [];
  const { States: states } = value;
  const own = isJsonObject(states ?? null) ? Object.keys(states ?? {}) : [];
  return [...own, ...Object.values(value).flatMap(stateNames)];
};

const checkName = (fileName: string, definition: Json, state: string | undefined): void => {
  const names = stateNames(definition);
  if (state === undefined || names.length === 0 || names.includes(state)) return;
  throw new CommandFailed(`${fileName} has no state "${state}"${suggestion(state, names)}`);
};

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
  checkName(fileName, definition, state);
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

const sayMock = "Say what it gives: --mock-result JSON, or --mock-error NAME --mock-cause TEXT";

const whatNext = ({ message }: TestStateRefusal): string =>
  message.startsWith("TestState API does not support")
    ? sayMock
    : "What to give is told by: holdfast test-state --help";

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
      next: whatNext(answer),
    });
  if (answer.kind === "calls" && options.json !== true) {
    for (const line of testedStateLines(answer, terminal)) terminal.out(line);
    throw new CommandFailed(`The state calls ${answer.resource}, and nothing is called offline`, {
      next: sayMock,
    });
  }
  if (options.json === true) {
    const { kind, ...shown } = answer;
    terminal.json(shown);
  } else for (const line of testedStateLines(answer, terminal)) terminal.out(line);
  if (answer.kind === "calls") return exitCodes.commandFailed;
  return isFine.has(answer.status) ? exitCodes.success : exitCodes.executionFailed;
};
