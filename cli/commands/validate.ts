import { connect } from "../environment/client.ts";
import type { Diagnostic } from "../environment/contract.ts";
import { diagnosticLine } from "../environment/problem.ts";
import { exitCodes } from "../exit.ts";
import { counted } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readDocument } from "./document.ts";

interface Validation {
  readonly valid: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** Says what is wrong with a process document, and deploys nothing. */
export const validate = async ({ options, terminal }: Call, path: string): Promise<number> => {
  const file = await readDocument(path);
  const client = await connect(options);
  const validation = await client.post<Validation>("/v1/processes/validate", file);
  const { valid, diagnostics } = validation;
  const code = valid ? exitCodes.success : exitCodes.commandFailed;
  if (options.json === true) {
    terminal.json(validation);
    return code;
  }
  for (const diagnostic of diagnostics) {
    const style = diagnostic.severity === "ERROR" ? "red" : "yellow";
    terminal.out(terminal.paint(style, diagnosticLine(diagnostic, file.fileName)));
  }
  const errors = diagnostics.filter(({ severity }) => severity === "ERROR").length;
  terminal.out(
    valid ? `${file.fileName} is valid` : `${file.fileName}: ${counted(errors, "error")}`,
  );
  return code;
};
