/**
 * What went wrong inside an execution, as data: what Retry and Catch act on and what history shows.
 * Error names are those of Step Functions (`States.Timeout`, ...) or an adapter's own. `undefined`
 * means that there is none, which history shows as an absent field.
 */
export interface Failure {
  readonly error: string | undefined;
  readonly cause: string | undefined;
  /** A business failure: the work was done, and its answer is no (ADR 7). */
  readonly isCompleted?: true;
}

/**
 * Carries a {@link Failure} from where an expression or a state fails to the interpreter, which turns
 * it into data. `location` names the field for JSONata evaluation errors, such as `Output/result`.
 */
export class StateFailed extends Error {
  override readonly name = "StateFailed";
  readonly failure: Failure;
  readonly location: string | undefined;

  constructor(error: string, cause: string, location?: string) {
    super(`${error}: ${cause}`);
    this.failure = { error, cause };
    this.location = location;
  }
}
