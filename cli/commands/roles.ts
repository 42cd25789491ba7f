import { exitCodes } from "../exit.ts";
import { roleTexts } from "../view/role-texts.ts";
import { tableText } from "../view/table.ts";
import type { Call } from "./call.ts";

/** Lists the roles. */
export const roles = async ({ options, terminal }: Call): Promise<number> => {
  const rows = Object.entries(roleTexts).map(([role, text]) => [role, text]);
  if (options.json === true) terminal.json(rows.map(([role, text]) => ({ role, for: text })));
  else
    terminal.out(
      tableText({
        head: ["ROLE", "FOR"],
        rows,
        columns: terminal.columns(),
        paint: terminal.paint,
      }),
    );
  return exitCodes.success;
};
