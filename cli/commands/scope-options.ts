import type { Scope } from "../environment/contract.ts";
import { CommandFailed } from "../exit.ts";

/** By which a command says what a role is for. */
export interface ScopeOptions {
  readonly process?: readonly string[];
  readonly category?: readonly string[];
  readonly own?: boolean;
}

/** The scope that the options say; everything where they say none. */
export const scopeFrom = ({ process, category, own }: ScopeOptions): Scope => {
  const given: readonly (Scope | undefined)[] = [
    process && { kind: "named", names: process },
    category && { kind: "category", names: category },
    own === true ? { kind: "own" } : undefined,
  ];
  const [scope = { kind: "all" }, second] = given.filter((each) => each !== undefined);
  if (second === undefined) return scope;
  throw new CommandFailed("A role has one scope: processes, categories or what is owned", {
    next: "Give one of --process, --category and --own; make another assignment for the other",
  });
};
