/** From an execution to those that it was restarted as; the other direction stands in their start facts. */
import { startOf } from "#engine/loading.ts";
import type { Platform } from "#ports/platform.ts";

const collection = "restarts";
/** Links of one execution that are read. */
const linksMax = 100;

/** Ids of executions have no "#". */
const keyOf = (executionId: string, restart: string): string => `${executionId}#${restart}`;

export const restartLinks = ({ documents, log }: Pick<Platform, "documents" | "log">) => {
  /** A link is put before the start, which may never have come, or under a name that another start took. */
  const holds = async (executionId: string, restart: string): Promise<boolean> => {
    const [first] = await log.read(restart, { fromSeq: 0, limit: 1 });
    return first !== undefined && startOf(first).restartOf?.executionId === executionId;
  };

  return {
    put: async (executionId: string, restart: string): Promise<void> => {
      const key = keyOf(executionId, restart);
      await documents.put({ collection, key, value: { restart } });
    },
    of: async (executionId: string): Promise<readonly string[]> => {
      const prefix = keyOf(executionId, "");
      const found = await documents.list(collection, { prefix, limit: linksMax });
      if (found.documents.length === 0) return [];
      const ids = found.documents.map(({ key }) => key.slice(prefix.length));
      const held = await Promise.all(ids.map((id) => holds(executionId, id)));
      return ids.filter((_, index) => held[index]);
    },
  };
};
