import { OrchestratorError } from "#core/errors.ts";

/** What operators should read. */
export interface LogLine {
  readonly severity: "info" | "warning" | "error";
  readonly message: string;
  readonly cause?: unknown;
}

/** An error that says what to do needs no stack trace: nothing is wrong in the program. */
const reasonOf = (cause: Error): string =>
  cause instanceof OrchestratorError && cause.action !== undefined
    ? `${cause.message}. ${cause.action}`
    : (cause.stack ?? cause.message);

/** Writes a line for operators to standard error. */
export const logToStandardError = ({ severity, message, cause }: LogLine): void => {
  const reason = cause instanceof Error ? ` (${reasonOf(cause)})` : "";
  console.error(`${new Date().toISOString()} ${severity}: ${message}${reason}`);
};
