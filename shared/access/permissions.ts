import type { Action } from "./actions.ts";
import { type Role, type Rule, roleRules } from "./roles.ts";

/** Which objects an assignment is about. All but `all` are about what belongs to a process. */
export type Scope =
  | { readonly kind: "all" }
  /** What the principal owns. */
  | { readonly kind: "own" }
  /** Processes of these categories. */
  | { readonly kind: "category"; readonly names: readonly string[] }
  /** Processes of these names; a `*` at the end stands for any rest. */
  | { readonly kind: "named"; readonly names: readonly string[] };

/** A role within a scope. */
export interface Grant {
  readonly role: Role;
  readonly scope: Scope;
}

/** Whose an object is. Nothing is known of one that belongs to the environment. */
export interface Belonging {
  /** Id of the principal who owns it. */
  readonly owner?: string | undefined;
  readonly process?: string | undefined;
  readonly category?: string | undefined;
}

const isNamed = (name: string, pattern: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

const isWithin = (scope: Scope, { owner, process, category }: Belonging, id: string): boolean => {
  switch (scope.kind) {
    case "all":
      return true;
    case "own":
      return owner === id;
    case "category":
      return category !== undefined && scope.names.includes(category);
    default:
      return process !== undefined && scope.names.some((pattern) => isNamed(process, pattern));
  }
};

interface Held {
  readonly rule: Rule;
  readonly scope: Scope;
}

/**
 * What a principal may do, from its grants. A grant covers an object if both its role's rule and its
 * scope do; what no grant covers is denied.
 */
export class Permissions {
  readonly #id: string;
  readonly #held: ReadonlyMap<Action, readonly Held[]>;

  constructor(id: string, grants: readonly Grant[]) {
    const held = new Map<Action, Held[]>();
    for (const { role, scope } of grants) {
      for (const [action, rule] of Object.entries(roleRules[role]) as [Action, Rule][]) {
        held.set(action, [...(held.get(action) ?? []), { rule, scope }]);
      }
    }
    this.#id = id;
    this.#held = held;
  }

  /** Whether there can be any object that the action is allowed on. */
  holds(action: Action): boolean {
    return this.#held.has(action);
  }

  /** Whether the action is allowed on every object, so that none need be looked at. */
  holdsAll(action: Action): boolean {
    return (this.#held.get(action) ?? []).some(
      ({ rule, scope }) => rule === "all" && scope.kind === "all",
    );
  }

  covers(action: Action, object: Belonging): boolean {
    return (this.#held.get(action) ?? []).some(
      ({ rule, scope }) =>
        (rule === "all" || object.owner === this.#id) && isWithin(scope, object, this.#id),
    );
  }
}
