import { afterAll, beforeAll, vi } from "vitest";
import { type AwsServers, openEnvironment, startAwsServers } from "./aws-servers.ts";
import { everyContract } from "./every.contract.ts";

let servers: AwsServers;
beforeAll(async () => {
  servers = await startAwsServers();
});
afterAll(() => servers.stop());

everyContract(
  "aws",
  async (clock) => {
    // The queue's server takes the time from here.
    const now = vi.spyOn(Date, "now").mockImplementation(() => clock.nowMs());
    const { platform, close } = await openEnvironment(servers, clock);
    return {
      platform,
      close: async () => {
        now.mockRestore();
        await close();
      },
    };
  },
  "at-least-once",
);
