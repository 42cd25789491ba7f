import { CommandFailed } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Diagnostic, Problem } from "./contract.ts";
import { nextStep } from "./next-steps.ts";

/** A diagnostic as compilers write it: `file:line:column  message`. */
export const diagnosticLine = (diagnostic: Diagnostic, fileName: string): string => {
  const { line, column, path, severity, message } = diagnostic;
  const place = line === undefined ? fileName : `${fileName}:${line}:${column ?? 1}`;
  const where = line === undefined && path !== "" ? ` (${path})` : "";
  const kind = severity === "WARNING" ? "warning: " : "";
  return `${printable(place)}  ${kind}${printable(message)}${where}`;
};

/** An answer that is not what was asked for. */
export class ProblemAnswer extends CommandFailed {
  readonly status: number;
  readonly code: string | undefined;
  readonly diagnostics: readonly Diagnostic[];

  constructor(status: number, problem: Problem) {
    const { detail, title, action } = problem;
    const message = detail ?? title ?? `The environment answered with status ${status}`;
    const next = nextStep(problem.code) ?? action;
    super(printable(message), { next: next === undefined ? [] : [printable(next)] });
    this.status = status;
    this.code = problem.code;
    this.diagnostics = problem.diagnostics ?? [];
  }
}

/** Reads a problem document; whatever else stands in front of the environment may answer with any text. */
export const problemAnswer = (status: number, body: string): ProblemAnswer => {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem === "object" && problem !== null) return new ProblemAnswer(status, problem);
  } catch {
    // Not JSON: the status has to do.
  }
  return new ProblemAnswer(status, {});
};
