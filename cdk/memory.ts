import type { UnitName } from "#lambdas/build.ts";

/**
 * Memory of the functions, MiB, and with it their share of a processor (1,769 MiB is a whole one). They wait for others most
 * of their time, which is paid by the memory; what they compute costs the same with any. docs/costs.md has what it comes to.
 */
export const memoryMib: Readonly<Record<UnitName, number>> = {
  northbound: 512,
  turn: 512,
  ingest: 512,
  sweep: 512,
};
