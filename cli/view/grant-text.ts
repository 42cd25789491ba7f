import type { Grant, Scope } from "../environment/contract.ts";
import { printable } from "./text.ts";

/** What a role is for, as a few words. */
export const scopeText = ({ kind, names = [] }: Scope): string => {
  switch (kind) {
    case "all":
      return "everything";
    case "own":
      return "what it owns";
    case "category":
      return printable(`category ${names.join(", ")}`);
    default:
      return printable(`process ${names.join(", ")}`);
  }
};

/** A role and what it is for. */
export const grantText = ({ role, scope }: Grant): string => `${role} for ${scopeText(scope)}`;
