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

/** Names of states and what endpoints answer may hold anything: none of it is a line, or a command to the terminal. */
const harmless = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ");

/** A stack trace has several lines: only the first of an entry begins at the margin. */
const indented = (text: string): string => text.split("\n").map(harmless).join("\n    ");

/** Writes a line for operators to standard error. */
export const logToStandardError = ({ severity, message, cause }: LogLine): void => {
  const reason = cause instanceof Error ? ` (${indented(reasonOf(cause))})` : "";
  console.error(`${new Date().toISOString()} ${severity}: ${harmless(message)}${reason}`);
};
