/** Exit codes of the command; documented in `holdfast --help`. */
export const exitCodes = {
  success: 0,
  /** The execution failed, timed out or was stopped. */
  executionFailed: 1,
  /** The command itself could not do its work: usage, a refused document, an environment out of reach. */
  commandFailed: 2,
  /** Ctrl-C: the execution goes on without this terminal. */
  detached: 3,
} as const;

/** A command that can not do its work: one sentence, and what to do or type next. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly next: readonly string[];

  constructor(
    message: string,
    options: { next?: string | readonly string[]; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.next = typeof options.next === "string" ? [options.next] : (options.next ?? []);
  }
}
