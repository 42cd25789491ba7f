import { connect } from "../environment/client.ts";
import type { ProcessSummary } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";

interface RemoveOptions {
  readonly processVersion?: number;
}

/** Removes a process, or one version of it. */
export const remove = async (
  { options, terminal }: Call<RemoveOptions>,
  name: string,
): Promise<number> => {
  const client = await connect(options);
  const { processVersion: version } = options;
  const path = `/v1/processes/${encodeURIComponent(name)}`;
  const gone = await client.remove<ProcessSummary>(
    version === undefined ? path : `${path}/versions/${version}`,
  );
  if (options.json === true) terminal.json(gone);
  else if (version === undefined)
    terminal.out(`${printable(name)} is removed; its executions stay`);
  else terminal.out(`${printable(name)} version ${version} is removed`);
  return exitCodes.success;
};
