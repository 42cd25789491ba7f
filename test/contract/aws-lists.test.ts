/** Lists on AWS where many executions are of other processes, or wait for their turn: how much is read for a page. */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { awsHeads } from "#platforms/aws/aws-heads.ts";
import { DynamoTable } from "#platforms/aws/dynamo-table.ts";
import { executionsTable } from "#platforms/aws/tables.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { Head, HeadFilter } from "#ports/heads.ts";
import { type AwsServers, openEnvironment, startAwsServers } from "./aws-servers.ts";
import { endedHeadOf, headOf, putHead, startMs } from "./fixture.ts";

let servers: AwsServers;
beforeAll(async () => {
  servers = await startAwsServers();
});
afterAll(() => servers.stop());

const readsMax = 6;

/** Heads that read little, over the table of an environment, and the number of queries that they sent. */
const openHeads = async (written: readonly Head[]) => {
  const { platform, environment, close } = await openEnvironment(servers, systemClock);
  for (const head of written) await platform.journal.write([putHead(head)]);
  const send = vi.spyOn(environment.dynamodb, "send");
  const { partition, sort } = executionsTable;
  const executions = new DynamoTable({
    client: environment.dynamodb,
    tableName: environment.executionsTable,
    keyNames: [partition, sort],
    entropy: systemEntropy,
  });
  const heads = awsHeads({
    executions,
    shards: 2,
    reading: { filteredPage: 3, backlogPage: 5, readsMax },
  });
  const page = async (
    options: HeadFilter & { readonly limit: number; readonly after?: string },
  ) => {
    send.mockClear();
    const { heads: found, next } = await heads.list(options);
    const queries = send.mock.calls.filter(([command]) => command instanceof QueryCommand).length;
    return { ids: found.map(({ executionId }) => executionId), next, queries };
  };
  return {
    page,
    close: async () => {
      send.mockRestore();
      await close();
    },
  };
};

type Page = Awaited<ReturnType<typeof openHeads>>["page"];

const allPages = async (page: Page, options: HeadFilter & { readonly limit: number }) => {
  const pages = [await page(options)];
  for (let after = pages[0]?.next; after !== undefined; after = pages.at(-1)?.next)
    pages.push(await page({ ...options, after }));
  return pages;
};

describe("a list of one of many processes", () => {
  it("ends its page where it has read much, and goes on behind it without gap or repetition", async () => {
    const all = Array.from({ length: 120 }, (_, index) => {
      const process = index % 40 === 0 ? "rare" : "often";
      const head = endedHeadOf(`${process}:x${index}`, 0, { process });
      return { ...head, startedAtMs: startMs + index };
    });
    const { page, close } = await openHeads(all);
    const pages = await allPages(page, { process: "rare", limit: 2 });
    expect(pages.flatMap(({ ids }) => ids)).toEqual(["rare:x80", "rare:x40", "rare:x0"]);
    expect(pages.length).toBeGreaterThan(2);
    // What is needed for the next entry is read whole, of each of 12 partitions at most.
    for (const { queries } of pages) expect(queries).toBeLessThanOrEqual(readsMax + 12);
    await close();
  });
});

describe("a list while many wait for their turn", () => {
  const backlog = Array.from({ length: 90 }, (_, index) =>
    headOf(`p:x${index}`, 0, {
      startedAtMs: startMs + index * 60_000,
      // Some were looked at again meanwhile.
      nextCheckAtMs: startMs + index * 60_000 + (index % 7 === 0 ? 3_600_000 : 180_000),
      waitingFor: { kind: "turn", sinceMs: startMs },
    }),
  );
  const newestFirst = backlog.map(({ executionId }) => executionId).reverse();

  it("shows all of them, newest first, page by page", async () => {
    const { page, close } = await openHeads(backlog);
    const pages = await allPages(page, { status: "RUNNING", limit: 7 });
    expect(pages.flatMap(({ ids }) => ids)).toEqual(newestFirst);
    // The backlog is 18 such queries long; 2 more are those of what runs and waits for something else.
    expect(pages[0]?.queries).toBeLessThan(14);
    const rare = await allPages(page, { process: "q", limit: 7 });
    expect(rare.flatMap(({ ids }) => ids)).toEqual([]);
    await close();
  });
});
