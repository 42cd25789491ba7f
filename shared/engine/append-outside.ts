import type { Fact } from "#core/execution/facts.ts";
import type { EngineContext } from "./context.ts";
import type { Loaded } from "./loading.ts";
import { LogTail } from "./log-tail.ts";
import { type Offered, outcomeOf } from "./mailbox.ts";
import { beginTriesMax } from "./write-until-done.ts";

/** Commands that are owed stay owed by whoever has the turn. */
const doneThroughOf = ({ state, seq }: Loaded): number => (state.owed?.[0]?.seq ?? seq + 1) - 1;

/** Puts a record without taking a turn (I25): head first, then the record, then an item so that somebody looks. */
export const appendOutside = async (
  context: EngineContext,
  loaded: Loaded,
  { facts, turnId }: { readonly facts: readonly Fact[]; readonly turnId: string },
): Promise<Offered> => {
  const tail = new LogTail({
    context,
    turnId,
    loaded,
    itemId: undefined,
    mayStart: false,
    owed: { isEmpty: true, doneThrough: () => doneThroughOf(loaded) },
    isOutside: true,
    isWanted: () => true,
  });
  const decision = await tail.decide(facts);
  const outcome = await tail.append(decision, { triesMax: beginTriesMax });
  if (outcome.kind !== "written") return "lost";
  return outcomeOf(facts.at(-1), { late: decision.late, status: tail.committedStatus });
};
