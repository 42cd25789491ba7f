/** Starts of children that arrive when their parent has ended. */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import type { Write } from "#ports/journal.ts";
import { world } from "./world.ts";

const parent: StateMachine = {
  StartAt: "Child",
  States: {
    Child: {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Parameters: { StateMachineArn: "child", Input: {}, Name: "y" },
      End: true,
    },
  },
};

const child: StateMachine = {
  StartAt: "Wait",
  States: { Wait: { Type: "Wait", Seconds: 3_600, End: true } },
};

describe("a child whose start was on its way when its parent was stopped", () => {
  it("is stopped when it arrives, by the server that had sent it", async () => {
    const w = world({ definition: parent, others: { child } });
    const { write } = w.platform.journal;
    let arrive = () => {};
    const held = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const isStart = ([first]: readonly Write[]) =>
      first?.kind === "AppendRecord" && first.record.executionId === "child:y";
    Object.assign(w.platform.journal, {
      write: async (writes: readonly Write[]) => {
        if (isStart(writes)) await held;
        return write(writes);
      },
    });
    const first = w.server({ turnsMax: 1 });
    Object.assign(w.platform.journal, { write });
    await first.engine.start({ process: "p", name: "x", input: {}, startedBy: "t" });
    await w.settle();
    first.freeze();
    // The first still has its lease: the stop is told behind its back, and carried out when that has run out.
    const second = w.server();
    await second.engine.stop("p:x", { by: "t" });
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("child:y")).toBeUndefined();
    first.thaw();
    arrive();
    await w.run(() => w.hasEnded("child:y"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "ABORTED" });
    expect(await w.stateOf("child:y")).toMatchObject({ status: "ABORTED" });
  });
});
