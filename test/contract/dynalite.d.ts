declare module "dynalite" {
  import type { Server } from "node:http";

  /** A server that speaks DynamoDB and keeps everything in memory. */
  const dynalite: (options: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly maxItemSizeKb?: number;
  }) => Server;
  export = dynalite;
}
