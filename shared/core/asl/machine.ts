import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { QueryLanguage, StateType } from "./definition.ts";
import { checkObject, type Fields, kindOf, own } from "./fields.ts";
import { checkGraph } from "./graph.ts";
import { secondsMax, stateNameLengthMax } from "./limits.ts";
import { choiceStateRule } from "./rules/choice.ts";
import { failRule } from "./rules/fail.ts";
import { isDistributedProcessor, mapRule } from "./rules/map.ts";
import { parallelRule } from "./rules/parallel.ts";
import { passRule } from "./rules/pass.ts";
import type { StateRule } from "./rules/state-rule.ts";
import { succeedRule } from "./rules/succeed.ts";
import { taskRule } from "./rules/task.ts";
import { waitRule } from "./rules/wait.ts";
import { error, errorInBothWords, isFull, type Scope, within } from "./scope.ts";
import { checkStartPoints } from "./start-points.ts";
import { suggestion } from "./suggest.ts";
import { anything, filledText, integerFrom, object, oneOf, text } from "./values.ts";

const rules: Readonly<Record<StateType, StateRule>> = {
  Task: taskRule,
  Wait: waitRule,
  Pass: passRule,
  Succeed: succeedRule,
  Fail: failRule,
  Choice: choiceStateRule,
  Parallel: parallelRule,
  Map: mapRule,
};

const branch: Fields = {
  StartAt: { check: filledText, isRequired: true },
  States: { check: object, isRequired: true },
  Comment: { check: text },
};

const processorConfig: Fields = {
  Mode: { check: oneOf("INLINE", "DISTRIBUTED") },
  ExecutionType: { check: oneOf("STANDARD", "EXPRESS") },
};

const machineFields: Readonly<Record<MachineKind, { noun: string; fields: Fields }>> = {
  top: {
    noun: "definition",
    fields: {
      ...branch,
      QueryLanguage: { check: oneOf("JSONPath", "JSONata") },
      Version: { check: oneOf("1.0") },
      TimeoutSeconds: { check: integerFrom(1, secondsMax) },
    },
  },
  branch: { noun: "branch", fields: branch },
  processor: { noun: "processor", fields: { ...branch, ProcessorConfig: { check: anything } } },
};

/** The whole definition, a branch of a Parallel state, or the processor of a Map state. */
type MachineKind = "top" | "branch" | "processor";

/** Names of the states seen so far, and where: they are unique over all nested machines. */
type StatePlaces = Map<string, Scope["path"]>;

interface Around {
  /** Of the whole definition. */
  readonly language: QueryLanguage;
  readonly places: StatePlaces;
}

const languageOf = (object: JsonObject, otherwise: QueryLanguage): QueryLanguage => {
  const language = own(object, "QueryLanguage");
  return language === "JSONata" || language === "JSONPath" ? language : otherwise;
};

const checkName = (scope: Scope, name: string, places: StatePlaces): void => {
  const earlier = places.get(name);
  if (name === "") error(scope, "a state needs a name that is not empty");
  if (name.length > stateNameLengthMax)
    error(
      scope,
      `the name of a state has at most ${stateNameLengthMax} characters, not ${name.length}`,
    );
  if (earlier === undefined) places.set(name, scope.path);
  else
    error(
      scope,
      `there is another state "${name}" at /${earlier.join("/")}; names are unique over all branches and processors`,
      "DUPLICATE_STATE_NAME",
    );
};

const checkLeaving = (scope: Scope, rule: StateRule, state: JsonObject): void => {
  if (rule.leaves !== "by-next-or-end") return;
  const hasNext = Object.hasOwn(state, "Next");
  const ends = own(state, "End") === true;
  if (hasNext && ends)
    error(within(scope, "End"), '"Next" and "End" exclude each other; remove one of them');
  else if (!(hasNext || ends || isMistyped(own(state, "End"))))
    error(scope, 'the state leads nowhere; add "Next" with the name of a state, or "End": true');
};

/** A wrong type has been reported already. */
const isMistyped = (end: Json | undefined): boolean =>
  end !== undefined && typeof end !== "boolean";

const ruleOf = (scope: Scope, state: JsonObject): StateRule | undefined => {
  const type = own(state, "Type");
  const types = Object.keys(rules);
  if (type === undefined) error(scope, `a state needs the field "Type"${suggestion("", types)}`);
  else if (typeof type === "string" && Object.hasOwn(rules, type)) return rules[type as StateType];
  else if (typeof type === "string")
    errorInBothWords(within(scope, "Type"), {
      message: `there is no state type "${type}"${suggestion(type, types)}`,
      serviceMessage: `The field 'Type' should have one of these values: [${types.join(", ")}]`,
    });
  else error(within(scope, "Type"), `"Type" must be a string, not ${kindOf(type)}`);
  return undefined;
};

const checkState = (outer: Scope, state: Json, around: Around): void => {
  if (!isJsonObject(state)) {
    error(outer, `a state must be an object, not ${kindOf(state)}`);
    return;
  }
  const scope = { ...outer, language: languageOf(state, around.language) };
  const rule = ruleOf(scope, state);
  if (rule === undefined) return;
  if (around.language === "JSONata" && scope.language === "JSONPath")
    error(
      scope,
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    );
  checkObject(scope, state, { ...rule, noun: `${own(state, "Type")} state` });
  checkLeaving(scope, rule, state);
  rule.check?.(scope, state);
  for (const { keys, kind } of rule.machines?.(state) ?? []) {
    const machine = keys.reduce<Json | undefined>(
      (value, key) => (value as Record<string | number, Json> | undefined)?.[key],
      state,
    );
    if (machine === undefined) continue;
    const inner = { ...within(outer, ...keys), language: around.language };
    checkMachine(inner, machine, { kind, around });
  }
};

/** A processor that runs as Express workflows. */
const runsExpress = (scope: Scope, machine: JsonObject): boolean => {
  const config = own(machine, "ProcessorConfig");
  if (config === undefined) return false;
  const object = checkObject(within(scope, "ProcessorConfig"), config, {
    noun: "ProcessorConfig",
    fields: processorConfig,
  });
  if (object === undefined) return false;
  const type = own(object, "ExecutionType");
  if (scope.isExpress && own(object, "Mode") === "DISTRIBUTED")
    error(
      within(scope, "ProcessorConfig", "Mode"),
      "an Express workflow does not support Map states in distributed mode",
    );
  if (own(object, "Mode") === "DISTRIBUTED" && type === undefined)
    error(
      within(scope, "ProcessorConfig"),
      'a "DISTRIBUTED" processor needs the field "ExecutionType"; write "STANDARD" or "EXPRESS"',
    );
  return type === "EXPRESS";
};

/** Checks a machine and every machine within it. */
export const checkMachine = (
  scope: Scope,
  value: Json,
  machine: { readonly kind: MachineKind; readonly around?: Around },
): void => {
  const language = isJsonObject(value) ? languageOf(value, scope.language) : scope.language;
  const inner: Scope = { ...scope, language };
  const object = checkObject(inner, value, machineFields[machine.kind]);
  if (object === undefined) return;
  const around = machine.around ?? { language, places: new Map() };
  const isExpress = runsExpress(inner, object) || inner.isExpress;
  const isIteration = machine.kind === "processor" && !isDistributedProcessor(object);
  const states = own(object, "States");
  if (!isJsonObject(states)) return;
  const names = Object.keys(states);
  if (names.length === 0) error(within(inner, "States"), "at least one state is needed");
  for (const name of names) {
    if (isFull(inner)) return;
    const place = within({ ...inner, isExpress, isIteration }, "States", name);
    checkName(place, name, around.places);
    checkState(place, states[name] ?? null, around);
  }
  checkStartPoints(inner, states, { isTop: machine.kind === "top" });
  checkGraph(inner, own(object, "StartAt"), states);
};
