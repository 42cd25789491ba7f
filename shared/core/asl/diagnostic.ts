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
}
