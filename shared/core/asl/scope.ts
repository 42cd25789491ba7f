import type { Json } from "../json.ts";
import type { QueryLanguage } from "./definition.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { diagnosticCountMax } from "./limits.ts";

/** What the caller knows about the environment in which the definition is to run. */
export interface ValidationOptions {
  /** Whether a Task state's `Resource` can run here; `undefined`: not known, nothing is said about it. */
  readonly knowsResource?: (resource: string) => boolean | undefined;
  /** All `holdfast:<adapter>:<activity>` resources, to name near ones where one is unknown. */
  readonly knownResources?: () => readonly string[];
  /** Whether the adapter of a resource brings a probe of its own; `undefined`: not known. */
  readonly hasProbe?: (resource: string) => boolean | undefined;
  /** What is wrong with parameters of a resource; `holes` are the places whose values are not known before it runs. */
  readonly parameterProblems?: (
    resource: string,
    literal: { readonly value: Json; readonly holes: readonly (readonly (string | number)[])[] },
  ) => readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
  /** The pools that there are; absent: not known. */
  readonly pools?: readonly string[];
  /** Express workflows know neither `.sync` nor `.waitForTaskToken`. Default: STANDARD. */
  readonly workflowType?: "STANDARD" | "EXPRESS";
}

/** Where in the definition a check stands, what holds there, and where findings go. */
export interface Scope {
  readonly path: Diagnostic["path"];
  /** Of the state, or of the machine outside of states. */
  readonly language: QueryLanguage;
  readonly isExpress: boolean;
  /** Whether the machine is the processor of an inline Map state, and its Succeed states may break. */
  readonly isIteration: boolean;
  readonly options: ValidationOptions;
  readonly findings: Diagnostic[];
}

/** The scope of a field or element further in. */
export const within = (scope: Scope, ...keys: readonly (string | number)[]): Scope => ({
  ...scope,
  path: [...scope.path, ...keys],
});

/** Whether enough was found: checks that cost much may be left out. */
export const isFull = (scope: Scope): boolean => scope.findings.length >= diagnosticCountMax;

const add = (scope: Scope, finding: Omit<Diagnostic, "path">): void => {
  if (!isFull(scope)) scope.findings.push({ ...finding, path: scope.path });
};

/** Reports what makes the definition invalid. */
export const error = (scope: Scope, message: string, code = "SCHEMA_VALIDATION_FAILED"): void =>
  add(scope, { severity: "ERROR", code, message });

/** Reports what makes the definition invalid, with the service's words for it beside ours. */
export const errorInBothWords = (
  scope: Scope,
  words: Pick<Diagnostic, "message" | "serviceMessage" | "servicePath">,
): void => add(scope, { severity: "ERROR", code: "SCHEMA_VALIDATION_FAILED", ...words });

/** Reports what is allowed but hardly meant. */
export const warning = (scope: Scope, message: string, code: string): void =>
  add(scope, { severity: "WARNING", code, message });
