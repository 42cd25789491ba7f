import { connect } from "../environment/client.ts";
import type { Deployed } from "../environment/contract.ts";
import { diagnosticLine } from "../environment/problem.ts";
import { exitCodes } from "../exit.ts";
import type { Call } from "./call.ts";
import { deployDocument, deployedText, readDocument } from "./document.ts";

interface DeployOptions {
  readonly ifVersion?: number;
}

/** What a deployment answered, and what is to be said of it. */
export const showDeployed = (
  deployed: Deployed,
  fileName: string,
  { options, terminal }: Call,
): void => {
  if (options.json === true) terminal.json(deployed);
  else terminal.out(deployedText(deployed));
  for (const warning of deployed.warnings) {
    terminal.note(terminal.paintNote("yellow", diagnosticLine(warning, fileName)));
  }
};

/** Deploys a process document: a new version, or the one that is there if nothing changed. */
export const deploy = async (call: Call<DeployOptions>, path: string): Promise<number> => {
  const { ifVersion } = call.options;
  const file = await readDocument(path);
  const match = ifVersion === undefined ? undefined : { "if-match": `"${ifVersion}"` };
  const client = await connect(call.options);
  showDeployed(await deployDocument(client, file, match), file.fileName, call);
  return exitCodes.success;
};
