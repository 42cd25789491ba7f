import { CommanderError } from "commander";
import { CommandFailed, exitCodes } from "./exit.ts";
import { createProgram, usageExitCode } from "./program.ts";
import { paintFor, printable } from "./view/text.ts";

/** Errors of the server's own say what to do in `action`. */
const nextOf = (error: Error): readonly string[] => {
  if (error instanceof CommandFailed) return error.next;
  return "action" in error && typeof error.action === "string" ? [error.action] : [];
};

const report = (error: unknown): number => {
  if (error instanceof CommanderError) return usageExitCode(error.exitCode);
  const paint = paintFor(process.stderr);
  const failure = error instanceof Error ? error : new Error(String(error));
  if (failure instanceof CommandFailed) {
    for (const finding of failure.findings) process.stderr.write(`${finding}\n`);
  }
  process.stderr.write(`${paint("red", "error")}  ${printable(failure.message)}\n`);
  for (const next of nextOf(failure)) process.stderr.write(`       ${next}\n`);
  if (process.env["HOLDFAST_DEBUG"]) console.error(failure);
  return exitCodes.commandFailed;
};

/** A reader that has seen enough (`| head`) is no error; a disk that takes no more of the output is one. */
const leaveOnFailingOutput = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.success);
    const next = "Make room where it is written to, and look at it again: nothing else was lost";
    process.exit(report(new CommandFailed(`Cannot write the output: ${error.message}`, { next })));
  });
  // What cannot be said there cannot be said at all: a server must not end because its log is full.
  process.stderr.on("error", () => undefined);
};

/** Runs the command that `argv` names; sets the exit code and lets open output drain. */
export const main = async (argv: readonly string[]): Promise<void> => {
  leaveOnFailingOutput();
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
};
