import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Client } from "./client.ts";
import { median } from "./figures.ts";
import type { Say } from "./profile.ts";
import { freshDirectory, startServer } from "./server.ts";

const EXECUTIONS = 1000;
const AT_ONCE = 50;
const HELD = 100;
const ROUNDS = 5;

const calling = (url: string) => ({
  QueryLanguage: "JSONata",
  StartAt: "Call",
  States: {
    Call: { Type: "Task", Resource: "holdfast:http:request", Arguments: { url }, End: true },
  },
});

const endpoint = async () => {
  const server = createServer((_request, response) => response.end("{}"));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `http://${host}/`, close: () => server.close() };
};

const perSecond = async (client: Client): Promise<number> => {
  const startedAt = performance.now();
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < EXECUTIONS) {
      begun += 1;
      const { status } = await client.start("others", 29);
      if (status !== "SUCCEEDED") throw new Error(`an execution is ${status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  return EXECUTIONS / ((performance.now() - startedAt) / 1000);
};

/** What a drain of one target costs those that use another: rounds with and without it, in turn. */
export const drain = async ({
  parent,
  say,
}: {
  readonly parent: string;
  readonly say: Say;
}): Promise<object> => {
  const [drained, other] = await Promise.all([endpoint(), endpoint()]);
  const server = await startServer(freshDirectory(parent));
  const { client } = server;
  try {
    await client.deploy(calling(drained.url), "held");
    await client.deploy(calling(other.url), "others");
    await perSecond(client);
    const free: number[] = [];
    const under: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      free.push(await perSecond(client));
      await client.drain("target", drained.host);
      for (let held = 0; held < HELD; held += 1) await client.start("held");
      under.push(await perSecond(client));
      await client.resume(`target:${drained.host}`);
    }
    const figures = {
      executionsPerSecond: Math.round(median(free)),
      underDrainPerSecond: Math.round(median(under)),
      underDrainPercent: Math.round((100 * median(under)) / median(free)),
    };
    say(
      `others than the drained target: ${figures.underDrainPerSecond} executions a second under the drain, ${figures.executionsPerSecond} without it (${figures.underDrainPercent} %); ${ROUNDS} rounds of ${EXECUTIONS}, ${HELD} held`,
    );
    return figures;
  } finally {
    await server.stop();
    drained.close();
    other.close();
  }
};
