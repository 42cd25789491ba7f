import { connect } from "../environment/client.ts";
import type { ProcessSummary } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

/** Lists the processes, each with its newest version. */
export const processes = async ({ options, terminal }: Call): Promise<number> => {
  const client = await connect(options);
  const { items } = await readPages<ProcessSummary>(client, {
    path: "/v1/processes",
    field: "processes",
    limit: Number.POSITIVE_INFINITY,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  if (items.length === 0) {
    terminal.out("No process is deployed. Deploy one with: npx holdfast deploy FILE");
    return exitCodes.success;
  }
  const rows = items.map(({ name, version, deployedAt, description = "" }) => [
    name,
    String(version),
    localTime(deployedAt),
    description,
  ]);
  const head = ["PROCESS", "VERSION", "DEPLOYED", "DESCRIPTION"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  return exitCodes.success;
};
