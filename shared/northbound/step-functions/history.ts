import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Executions } from "#engine/executions.ts";
import { eventsThatFit } from "../events-that-fit.ts";
import type { Operation } from "../operation.ts";
import { z } from "../z.ts";
import { machineNameOf } from "./execution-view.ts";
import { eventView } from "./history-view.ts";
import { onExecutionArn } from "./needs.ts";
import type { ServiceOptions } from "./options.ts";
import { tokenPage } from "./pages.ts";
import {
  arnField,
  maxResultsField,
  nextTokenField,
  serviceOperation,
} from "./service-operation.ts";

interface EventPage {
  readonly items: readonly HistoryEvent[];
  readonly next: string | undefined;
}

interface Place {
  readonly limit: number;
  /** Id of the last event of the page before. */
  readonly after?: string;
}

const oldestFirst = async (
  executions: Executions,
  executionId: string,
  { limit, after = "0" }: Place,
): Promise<EventPage> => {
  const range = { afterEventId: Number(after), limit: limit + 1 };
  const found = await executions.history(executionId, range);
  const items = eventsThatFit(found.slice(0, limit));
  return { items, next: found.length > items.length ? String(items.at(-1)?.id) : undefined };
};

/** Ids count from 1 without gaps, so that the newest events are known by the count. */
const newestFirst = async (
  executions: Executions,
  executionId: string,
  { limit, after }: Place,
): Promise<EventPage> => {
  const before =
    after === undefined ? (await executions.describe(executionId)).eventCount + 1 : Number(after);
  const first = Math.max(1, before - limit);
  const range = { afterEventId: first - 1, limit: before - first };
  const found = range.limit === 0 ? [] : await executions.history(executionId, range);
  const items = eventsThatFit(found.toReversed());
  const oldest = items.at(-1)?.id ?? 1;
  return { items, next: oldest > 1 ? String(oldest) : undefined };
};

/** GetExecutionHistory. */
export const historyOperation = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "GetExecutionHistory",
    needs: onExecutionArn(options, "execution:read"),
    input: z.object({
      executionArn: arnField,
      maxResults: maxResultsField,
      nextToken: nextTokenField,
      reverseOrder: z.boolean().default(false),
      includeExecutionData: z.boolean().default(true),
    }),
    answer: async ({ body, cursors }) => {
      const { executions, identity, arns, stateMachines } = options;
      const { executionId } = arns.read(body.executionArn, "execution");
      const { reverseOrder, includeExecutionData: isWithData } = body;
      const read = reverseOrder ? newestFirst : oldestFirst;
      const found = await tokenPage(
        { body, cursors },
        `history ${executionId} ${reverseOrder}`,
        (place) => read(executions, executionId, place),
      );
      const settings = await stateMachines.settings.get(
        machineNameOf(executionId.split(":")[0] ?? ""),
      );
      const view = { identity, roleArn: settings.roleArn ?? arns.defaultRole, isWithData };
      const events = found.items.map((event) => eventView(event, view));
      return { events, nextToken: found.next };
    },
  });
