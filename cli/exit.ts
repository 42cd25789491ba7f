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

interface CommandFailedOptions {
  readonly next?: string | readonly string[];
  readonly findings?: readonly string[];
  readonly cause?: unknown;
}

/** A command that can not do its work: one sentence, and what to do or type next. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly next: readonly string[];
  /** Lines to show before the sentence as they are: findings in a file, one each. */
  readonly findings: readonly string[];

  constructor(message: string, options: CommandFailedOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.findings = options.findings ?? [];
    this.next = typeof options.next === "string" ? [options.next] : (options.next ?? []);
  }
}
