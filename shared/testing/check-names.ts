/** Names in a test file that its process does not have: a test that misspells a state must not pass or fail for another reason. */
import type { DocumentDiagnostic } from "#catalog/processes.ts";
import { isDistributedMap, type State, type StateMachine } from "#core/asl/definition.ts";
import { suggestion } from "#core/asl/suggest.ts";

import { isJsonObject } from "#core/json.ts";
import { machinesIn } from "./coverage.ts";
import type { Mock, TestCase, TestFile } from "./test-file.ts";

type Path = DocumentDiagnostic["path"];

interface Names {
  readonly states: ReadonlyMap<string, State>;
  readonly resources: ReadonlySet<string>;
}

const statesIn = (machine: StateMachine): readonly (readonly [string, State])[] =>
  Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state] as const,
    ...machinesIn(state).flatMap(([, inner]) => statesIn(inner)),
  ]);

const resourcesOf = (state: State): readonly string[] => {
  if (state.Type === "Task") return [state.Resource];
  if (state.Type !== "Map") return [];
  return [state.ItemReader, state.ResultWriter].flatMap((part) => {
    const resource = isJsonObject(part ?? null) ? part?.["Resource"] : undefined;
    return typeof resource === "string" ? [resource] : [];
  });
};

const calls = (state: State): boolean =>
  state.Type === "Task" || (state.Type === "Map" && isDistributedMap(state));

const stateFault = (name: string | undefined, { states }: Names): string | undefined =>
  name === undefined || states.has(name)
    ? undefined
    : `the process has no state "${name}"${suggestion(name, [...states.keys()])}`;

const mockFault = (mock: Mock, names: Names): string | undefined => {
  const fault = stateFault(mock.state, names);
  if (fault !== undefined) return fault;
  const state = mock.state === undefined ? undefined : names.states.get(mock.state);
  if (state !== undefined && !calls(state))
    return `the state "${mock.state}" (${state.Type}) calls nothing that a mock could answer`;
  return resourceFault(mock.resource, names);
};

const resourceFault = (name: string | undefined, { resources }: Names): string | undefined =>
  name === undefined || resources.has(name)
    ? undefined
    : `no state has the resource "${name}"${suggestion(name, [...resources])}`;

type Fault = readonly [Path, string | undefined];

const faultsInMocks = (mocks: readonly Mock[], path: Path, names: Names): readonly Fault[] =>
  mocks.map((mock, index) => [[...path, index], mockFault(mock, names)]);

const faultsInTest = ({ mocks, expect }: TestCase, path: Path, names: Names): readonly Fault[] => {
  const named = (field: "path" | "reaches"): readonly Fault[] =>
    (expect[field] ?? []).map((name, index) => [
      [...path, "expect", field, index],
      stateFault(name, names),
    ]);
  const called = (expect.calls ?? []).map(
    ({ state, resource }, index): Fault => [
      [...path, "expect", "calls", index],
      stateFault(state, names) ?? resourceFault(resource, names),
    ],
  );
  return [
    ...faultsInMocks(mocks, [...path, "mocks"], names),
    ...named("path"),
    ...named("reaches"),
    ...called,
  ];
};

/** Names of states and resources that the process does not have, each with its place. */
export const unknownNames = (
  definition: StateMachine,
  file: TestFile,
): readonly { readonly path: Path; readonly message: string }[] => {
  const states = new Map(statesIn(definition));
  const names = { states, resources: new Set([...states.values()].flatMap(resourcesOf)) };
  const faults = [
    ...faultsInMocks(file.mocks, ["mocks"], names),
    ...file.tests.flatMap((test, index) => faultsInTest(test, ["tests", index], names)),
  ];
  return faults.flatMap(([path, message]) => (message === undefined ? [] : [{ path, message }]));
};
