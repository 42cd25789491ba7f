import type { StateMachine } from "#core/asl/definition.ts";
import { type Script, type Server, world } from "./world.ts";

type World = ReturnType<typeof world>;

export const request = { process: "p", name: "x", input: { a: 1 }, startedBy: "t" } as const;

/** A world of one process, whose server dies before write number `crashAt`; then a second one goes on. */
export const crashing = (options: {
  readonly definition: StateMachine;
  readonly others?: Readonly<Record<string, StateMachine>>;
  readonly script?: Script;
  readonly crashAt: number;
}) => {
  let writes = 0;
  let current: Server | undefined;
  const crash = { hasHappened: false, isArmed: true };
  const w: World = world({
    ...options,
    beforeWrite: () => {
      if (!crash.isArmed) return;
      writes += 1;
      if (writes !== options.crashAt) return;
      crash.hasHappened = true;
      current?.kill();
      throw new Error("crash");
    },
  });
  current = w.server();
  const first = current;
  return {
    w,
    crash,
    /** The server that is alive; a dead one is replaced. */
    server: (): Server => {
      if (current?.isDead() === true) current = w.server();
      return current ?? first;
    },
  };
};

/** Starts, and starts again as a caller without an acknowledgement does. */
export const startUntilKnown = async ({
  w,
  server,
}: ReturnType<typeof crashing>): Promise<void> => {
  for (let tries = 0; tries < 2; tries += 1) {
    let isKnown = false;
    const { engine, isDead } = server();
    void engine.start(request).then(() => {
      isKnown = true;
    });
    await w.run(() => isKnown || isDead());
    if (isKnown) return;
  }
};
