import type { WaitingFor } from "../environment/contract.ts";
import { counted, printable } from "./text.ts";

/** `callback in Ask and 2 others`: what an execution waits for. */
export const waitText = ({ kind, state, count = 1 }: WaitingFor): string => {
  const others = count > 1 ? ` and ${counted(count - 1, "other")}` : "";
  return printable(state === undefined ? kind : `${kind} in ${state}${others}`);
};
