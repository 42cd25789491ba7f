import { type Action, actions } from "./actions.ts";

/** The roles that there are; what each may do is in `roleRules`. */
export const roles = [
  "Administrator",
  "Auditor",
  "Definition",
  "Operator",
  "Creator-owner",
  "Server",
  "Northbound",
] as const;

export type Role = (typeof roles)[number];

/** On which objects: on all, or on those that the caller owns. */
export type Rule = "all" | "own";

type RoleRules = Readonly<Partial<Record<Action, Rule>>>;

const rulesFor = (rule: Rule, names: readonly Action[]): RoleRules =>
  Object.fromEntries(names.map((action) => [action, rule]));

const reads = actions.filter((action) => action.endsWith(":read"));
const onExecutions = actions.filter((action) => action.startsWith("execution:"));

/** What everybody sees who looks after processes: not the keys, not who may do what. */
const operationsView: readonly Action[] = [
  "process:read",
  "execution:read",
  "activity:read",
  "alert:read",
  "systemEvent:read",
  "server:read",
  "drain:read",
];

/** What a role may do; what does not stand here it may not (ADR 17). */
export const roleRules: Readonly<Record<Role, RoleRules>> = {
  Administrator: rulesFor("all", actions),
  Auditor: rulesFor("all", reads),
  Definition: rulesFor("all", [
    ...operationsView,
    "process:validate",
    "process:deploy",
    "process:start",
    "execution:stop",
    "execution:redrive",
    "execution:restart",
    "execution:signal",
  ]),
  Operator: rulesFor("all", [
    ...operationsView,
    ...onExecutions,
    "process:start",
    "alert:close",
    "drain:begin",
    "drain:end",
  ]),
  "Creator-owner": {
    ...rulesFor("own", [
      ...onExecutions,
      "process:read",
      "process:deploy",
      "process:start",
      "activity:read",
      "alert:read",
      "alert:close",
      "systemEvent:read",
    ]),
    "process:validate": "all",
  },
  Server: rulesFor("all", [
    "server:join",
    "server:read",
    "activity:read",
    "activity:claim",
    "execution:answer",
  ]),
  Northbound: { "process:start": "all", "execution:read": "own" },
};
