/** One finding about a definition. Errors refuse it; warnings do not. */
export interface Diagnostic {
  readonly severity: "ERROR" | "WARNING";
  /** Upper snake case; the service's code where it has one (`SCHEMA_VALIDATION_FAILED`, ...). */
  readonly code: string;
  /** What is wrong, and what to write instead. */
  readonly message: string;
  /** The service's own words, where they are known and ours differ. */
  readonly serviceMessage?: string;
  /** Where: keys and indexes from the root of the definition, for example ["States", "A", "Next"]. */
  readonly path: readonly (string | number)[];
  /** Where the service says that it is, where that is known and less exact. */
  readonly servicePath?: readonly (string | number)[];
}

/** A finding as the service words it. */
export const asServiceSays = ({
  code,
  message,
  serviceMessage,
  path,
  servicePath,
}: Diagnostic) => ({
  code,
  message: serviceMessage ?? message,
  location: `/${(servicePath ?? path).join("/")}`,
});

/** The text of the service about a definition that it refuses. */
export const refusalOf = (diagnostics: readonly Diagnostic[]): string => {
  const texts = diagnostics
    .filter(({ severity }) => severity === "ERROR")
    .map(asServiceSays)
    .map(({ code, message, location }) => `${code}: ${message.trimEnd()} at ${location}`);
  return `Invalid State Machine Definition: '${texts.join(", ")}'`;
};
