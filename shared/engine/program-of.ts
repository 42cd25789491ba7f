import { baseProcessOf } from "#core/execution/map-run/process-part.ts";
import type { Program } from "#core/execution/program.ts";
import type { EngineContext } from "./context.ts";

/**
 * The program of a process or of a part of one: `order/Each` runs the program of `order` under its
 * own name. Synchronous where the catalog is.
 */
export const programOf = (
  context: Pick<EngineContext, "program">,
  process: string,
  version: number | undefined,
): Program | undefined | Promise<Program | undefined> => {
  const base = baseProcessOf(process);
  const found = context.program(base, version);
  if (base === process) return found;
  const named = (program: Program | undefined) => program && { ...program, process };
  return found instanceof Promise ? found.then(named) : named(found);
};
