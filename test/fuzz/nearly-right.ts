/** Calls that would be carried out, but for one place: what stands behind the validation is reached by them. */
import type { Random } from "../sim/random.ts";
import { hostileText } from "./bad-values.ts";
import type { DocumentedOperation } from "./served-document.ts";

type Values = Readonly<Record<string, (random: Random, fresh: () => string) => unknown>>;

const states = '{"Type": "Pass", "End": true}';

/** Which values of an example mean something in the environment that is asked, by the names of their fields. */
const meant: Values = {
  process: (random) => random.pick(["hello", "quick", "rest"]),
  name: (_, fresh) => fresh(),
  waitSeconds: (random) => random.pick([0, 0.05]),
  graceSeconds: () => 0,
  document: (_, fresh) =>
    `{kind: Process, name: hello, description: ${fresh()}, definition: {StartAt: A, States: {A: ${states}}}}`,
  token: (random) => random.pick(["rest:b/0.1/5f0c3c1e", "hello:a/0.1/5f0c3c1e"]),
  routes: (random) => [{ version: 1, weight: random.pick([100, 100, 50]) }],
  from: () => ({ state: "A" }),
  subject: (_, fresh) => `key:${fresh()}`,
};

const withMeaning = (value: unknown, random: Random, fresh: () => string): unknown => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [
      field,
      meant[field]?.(random, fresh) ?? withMeaning(inner, random, fresh),
    ]),
  );
};

/** Stands where something else is to stand: nothing of an example. */
const marker = "here is another";

/** All places of a value: of its fields, its items and theirs. */
const placesIn = (value: unknown): readonly (readonly (string | number)[])[] => {
  if (typeof value !== "object" || value === null) return [[]];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((inner, index) => [index, inner] as const)
    : Object.entries(value);
  return [[], ...entries.flatMap(([key, inner]) => placesIn(inner).map((rest) => [key, ...rest]))];
};

const put = (value: unknown, [key, ...rest]: readonly (string | number)[]): unknown => {
  if (key === undefined) return marker;
  if (Array.isArray(value))
    return value.map((inner, index) => (index === key ? put(inner, rest) : inner));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, inner]) => [
      name,
      name === key ? put(inner, rest) : inner,
    ]),
  );
};

/** JSON text of a value that has something else in one place. */
export const changedInOnePlace = (value: unknown, random: Random): string => {
  const marked = JSON.stringify(put(value, random.pick(placesIn(value))));
  return marked.replace(JSON.stringify(marker), () => hostileText(random));
};

/** How often a nearly right call is wholly right. */
const rightShare = 0.4;

/** The body of an operation's example with what is there in it, right or wrong in one place. */
export const nearlyRightBody = (
  { bodyExample }: DocumentedOperation,
  random: Random,
  fresh: () => string,
): Buffer | undefined => {
  if (bodyExample === undefined) return undefined;
  const right = withMeaning(bodyExample, random, fresh);
  const isRight = random.chance(rightShare);
  return Buffer.from(isRight ? JSON.stringify(right) : changedInOnePlace(right, random));
};

const arn = "arn:aws:states:local:000000000000";
const definition = `{"StartAt": "A", "States": {"A": ${states}}}`;
const machine = (random: Random) =>
  `${arn}:stateMachine:${random.pick(["quick", "hello", "rest", "quick:1", "hello:live"])}`;
const execution = (random: Random) =>
  `${arn}:execution:${random.pick(["quick:a", "hello:b", "rest:a", "rest:b"])}`;
const routing = [{ stateMachineVersionArn: `${arn}:stateMachine:quick:1`, weight: 100 }];
const roleArn = "arn:aws:iam::000000000000:role/any";

/** Inputs of the Step Functions protocol that are carried out. */
const serviceInputs: Readonly<Record<string, (random: Random, fresh: () => string) => object>> = {
  CreateStateMachine: (_, fresh) => ({ name: fresh(), definition, roleArn, publish: true }),
  UpdateStateMachine: (random) => ({
    stateMachineArn: `${arn}:stateMachine:hello`,
    definition: definition.replace("Pass", random.pick(["Pass", "Succeed"])),
  }),
  DescribeStateMachine: (random) => ({ stateMachineArn: machine(random) }),
  ListStateMachineVersions: (random) => ({ stateMachineArn: machine(random), maxResults: 2 }),
  DeleteStateMachineVersion: () => ({ stateMachineVersionArn: `${arn}:stateMachine:hello:2` }),
  PublishStateMachineVersion: (random) => ({ stateMachineArn: machine(random) }),
  CreateStateMachineAlias: (_, fresh) => ({ name: fresh(), routingConfiguration: routing }),
  UpdateStateMachineAlias: (_, fresh) => ({
    stateMachineAliasArn: `${arn}:stateMachine:hello:live`,
    description: fresh(),
  }),
  StartExecution: (random, fresh) => ({
    stateMachineArn: machine(random),
    name: fresh(),
    input: '{"a": 1}',
  }),
  StopExecution: (random) => ({ executionArn: execution(random), error: "E", cause: "c" }),
  RedriveExecution: (random) => ({ executionArn: execution(random) }),
  DescribeExecution: (random) => ({ executionArn: execution(random) }),
  GetExecutionHistory: (random) => ({
    executionArn: execution(random),
    maxResults: 2,
    reverseOrder: true,
  }),
  ListExecutions: (random) => ({ stateMachineArn: machine(random), statusFilter: "RUNNING" }),
  UpdateMapRun: () => ({ mapRunArn: `${arn}:mapRun:quick/Map:a`, maxConcurrency: 2 }),
  TestState: () => ({ definition: states, roleArn, input: '{"a": 1}', inspectionLevel: "TRACE" }),
  ValidateStateMachineDefinition: () => ({ definition, severity: "WARNING" }),
  TagResource: (random, fresh) => ({
    resourceArn: `${arn}:stateMachine:${random.pick(["quick", "hello"])}`,
    tags: [{ key: "team", value: fresh() }],
  }),
  CreateActivity: () => ({ name: "print", tags: [{ key: "a", value: "b" }] }),
};

/** A call of the Step Functions protocol that is right, or wrong in one place. */
export const nearlyRightServiceCall = (random: Random, fresh: () => string) => {
  const [name, inputOf] = random.pick(Object.entries(serviceInputs));
  const input = inputOf(random, fresh);
  const isRight = random.chance(rightShare);
  const body = isRight ? JSON.stringify(input) : changedInOnePlace(input, random);
  return { target: `AWSStepFunctions.${name}`, body: Buffer.from(body) };
};
