/** What makes a server work without being called: it asks for work items and looks for heads whose time has come. */
import type { EngineContext } from "./context.ts";
import { Receiver } from "./receiver.ts";
import { Sweeper } from "./sweeper.ts";
import type { Turns } from "./turns.ts";

/** Whether a server works without being called. */
export const isOnItsOwn = ({ duty = "everything" }: Pick<EngineContext, "duty">): boolean =>
  duty === "everything";

/** Does nothing where the server works on call. */
export const onItsOwn = (context: EngineContext, turns: Turns) => {
  const isOwn = isOnItsOwn(context);
  const sweeper = isOwn ? new Sweeper(context, turns) : undefined;
  const receiver = isOwn ? new Receiver(context, turns) : undefined;
  return {
    begin: (): void => {
      sweeper?.arm(context.clock.nowMs());
      receiver?.wake();
    },
    /** Something is to be looked at by `atMs`. */
    arm: (atMs: number): void => sweeper?.arm(atMs),
    /** There may be work items, or room for them. */
    wake: (): void => receiver?.wake(),
    close: (): void => {
      receiver?.close();
      sweeper?.close();
    },
  };
};
