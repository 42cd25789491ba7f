import type { Json } from "../json.ts";
import type { StateMachine } from "./definition.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { plainFields } from "./plain-fields.ts";
import type { ValidationOptions } from "./scope.ts";
import { validateDefinition } from "./validate.ts";

export type ParsedDefinition =
  | {
      readonly kind: "valid";
      readonly definition: StateMachine;
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] };

/**
 * Takes a value as a definition if nothing in it is an error; the value itself is not changed. Numbers
 * of the language's own fields are plain ones, those of the user's data are as they were written.
 */
export const parseDefinition = (value: Json, options: ValidationOptions = {}): ParsedDefinition => {
  const diagnostics = validateDefinition(value, options);
  return diagnostics.some(({ severity }) => severity === "ERROR")
    ? { kind: "invalid", diagnostics }
    : {
        kind: "valid",
        // Validation has looked at every field of the type.
        definition: plainFields(value) as unknown as StateMachine,
        warnings: diagnostics,
      };
};
