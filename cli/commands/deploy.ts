import { connect } from "../environment/client.ts";
import { diagnosticLine } from "../environment/problem.ts";
import { exitCodes } from "../exit.ts";
import type { Call } from "./call.ts";
import { deployDocument, deployedText, readDocument } from "./document.ts";

/** Deploys a process document: a new version, or the one that is there if nothing changed. */
export const deploy = async ({ options, terminal }: Call, path: string): Promise<number> => {
  const file = await readDocument(path);
  const deployed = await deployDocument(await connect(options), file);
  if (options.json === true) terminal.json(deployed);
  else terminal.out(deployedText(deployed));
  for (const warning of deployed.warnings) {
    terminal.note(terminal.paintNote("yellow", diagnosticLine(warning, file.fileName)));
  }
  return exitCodes.success;
};
