/** How a deliberate bug is put down. */
import type { Patch } from "./patching.ts";

export interface Tooth {
  readonly name: string;
  readonly patches: readonly Patch[];
}

export const engine = (file: string, from: string, to: string): Patch => ({
  file: `shared/engine/${file}`,
  from,
  to,
});

export const core = (file: string, from: string, to: string): Patch => ({
  file: `shared/core/execution/${file}`,
  from,
  to,
});

export const memory = (file: string, from: string, to: string): Patch => ({
  file: `shared/platforms/memory/${file}`,
  from,
  to,
});

export const tooth = (name: string, ...patches: Patch[]): Tooth => ({ name, patches });
