/** Executions that are done again from a point on, by servers that crash. */
import { describe, expect, it } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import type { Json } from "#core/json.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import type { RestartRequest } from "#engine/restart/restarts.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { type Server, world } from "./world.ts";

const names = Array.from({ length: 10 }, (_, index) => `S${index + 1}`);

const task = (name: string, fields: object = {}): State =>
  ({ Type: "Task", Resource: `holdfast:test:${name.toLowerCase()}`, ...fields }) as State;

/** Ten activities one after the other; each keeps in a variable that it was there. */
const ten = (changes: Record<string, object> = {}): StateMachine => ({
  QueryLanguage: "JSONata",
  StartAt: "S1",
  States: Object.fromEntries(
    names.map((name, index) => [
      name,
      task(name, {
        Arguments: { at: name, seen: index === 0 ? "nothing" : `{% $seen %}` },
        Assign: { seen: `{% $states.result %}` },
        Output: { after: name },
        ...(index === 9 ? { End: true } : { Next: names[index + 1] }),
        ...changes[name],
      }),
    ]),
  ),
});

const start = { process: "p", name: "x", input: { n: 1 }, startedBy: "t" };

type World = ReturnType<typeof world>;

const restartsOf = ({ platform, program, clock }: World, { engine }: Server) =>
  createRestarts({
    platform,
    program,
    clock,
    entropy: seededEntropy(99),
    start: engine.start,
    effectOf: (resource, parameters) => {
      if (resource.endsWith("s8")) return parameters === undefined ? undefined : "restartable";
      return resource.endsWith("s9") ? "readOnly" : "sideEffects";
    },
  });

/** An execution that failed in its seventh state. */
const failedAtSeven = async (options: { readonly beforeWrite?: () => void } = {}) => {
  const w = world({
    ...options,
    definition: ten({ S7: { Arguments: { wrong: true } } }),
    script: ({ resource, parameters }) =>
      (parameters as { wrong?: boolean }).wrong === true
        ? { kind: "failed", error: "Wrong", cause: "the parameters are wrong" }
        : { kind: "succeeded", output: resource.split(":").at(-1) ?? "" },
  });
  const server = w.server();
  await server.engine.start(start);
  await w.run(() => w.hasEnded("p:x"));
  const before = w.began.length;
  return { w, server, restarts: restartsOf(w, server), since: () => w.began.slice(before) };
};

const request = (fields: Partial<RestartRequest> = {}): RestartRequest => ({
  executionId: "p:x",
  from: { state: "S7" },
  name: "again",
  by: "key:admin",
  ...fields,
});

const resources = (began: readonly { resource: string }[]) =>
  began.map(({ resource }) => resource.split(":").at(-1));

describe("a restart from a point", () => {
  it("of a mended definition does the rest, with what the old execution had there", async () => {
    const { w, restarts, since } = await failedAtSeven();
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", error: "Wrong" });
    w.deploy("p", ten());
    const started = await restarts.restart(request({ version: "newest" }));
    expect(started).toMatchObject({ executionId: "p:again", isNew: true });
    await w.run(() => w.hasEnded("p:again"));
    expect(await w.stateOf("p:again")).toMatchObject({
      status: "SUCCEEDED",
      version: 2,
      input: { n: 1 },
      output: { after: "S10" },
      restartOf: { executionId: "p:x" },
      transitionCount: 4,
    });
    expect(resources(since())).toEqual(["s7", "s8", "s9", "s10"]);
    expect(since()[0]?.parameters).toEqual({ at: "S7", seen: "s6" });
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", version: 1 });
    expect(await restarts.restartsOf("p:x")).toEqual(["p:again"]);
    expect(await restarts.restartsOf("p:again")).toEqual([]);
  });

  it("says before which activities would run again, and what they are", async () => {
    const { w, restarts, since } = await failedAtSeven();
    w.deploy("p", ten());
    await restarts.restart(request({ version: 2 }));
    await w.run(() => w.hasEnded("p:again"));
    const count = since().length;
    const preview = await restarts.preview({ executionId: "p:again", from: { state: "S8" } });
    expect(preview).toMatchObject({
      restartOf: { executionId: "p:again" },
      version: 2,
      beginsAt: { state: "S8", input: { after: "S7" }, variables: { seen: "s7" } },
    });
    expect(
      preview.states.map(({ name, attemptCount, effect }) => [name, attemptCount, effect]),
    ).toEqual([
      ["S8", 1, "restartable"],
      ["S9", 1, "readOnly"],
      ["S10", 1, "sideEffects"],
    ]);
    const other = await restarts.preview({ executionId: "p:x", from: { state: "S7" } });
    expect(other.states.map(({ attemptCount }) => attemptCount)).toEqual([1, 0, 0, 0]);
    expect(other.states[1]).not.toHaveProperty("effect");
    expect(since()).toHaveLength(count);
  });

  it("takes another input for the state, and leaves that of the execution", async () => {
    const { w, restarts, since } = await failedAtSeven();
    w.deploy(
      "p",
      ten({ S7: { Arguments: "{% [$states.input, $states.context.Execution.Input] %}" } }),
    );
    await restarts.restart(request({ version: 2, input: { mended: true } }));
    await w.run(() => w.hasEnded("p:again"));
    expect(since()[0]?.parameters).toEqual([{ mended: true }, { n: 1 }]);
  });

  it("begins at a named point, also one that the newer version gave to a state before", async () => {
    const { w, restarts, since } = await failedAtSeven();
    w.deploy("p", ten({ S5: { Orchestration: { StartPoint: "after the copy" } } }));
    await expect(restarts.restart(request({ from: { startPoint: "no such" } }))).rejects.toThrow(
      "no start point",
    );
    await restarts.restart(request({ version: "newest", from: { startPoint: "after the copy" } }));
    await w.run(() => w.hasEnded("p:again"));
    expect(resources(since())[0]).toBe("s5");
    expect((await w.stateOf("p:again"))?.beginsAt).toMatchObject({
      state: "S5",
      startPoint: "after the copy",
      input: { after: "S4" },
    });
  });

  it("begins in a state that was put before, with what the event's state was given", async () => {
    const { w, restarts, since } = await failedAtSeven();
    const mended = ten();
    w.deploy("p", {
      ...mended,
      States: { ...mended.States, New: task("New", { Next: "S7", Assign: {} }) },
    });
    const { restartOf } = await restarts.preview({ executionId: "p:x", from: { state: "S7" } });
    const from = { eventId: restartOf.eventId, state: "New" };
    await restarts.restart(request({ version: 2, from }));
    await w.run(() => w.hasEnded("p:again"));
    expect(resources(since()).slice(0, 2)).toEqual(["new", "s7"]);
    expect(since()[0]?.parameters).toEqual({ after: "S6" });
  });

  it("is the same execution when it is asked for again, whatever was deployed since", async () => {
    const { w, restarts, since } = await failedAtSeven();
    w.deploy("p", ten());
    const wanted = request({ version: "newest" });
    await restarts.restart(wanted);
    await w.run(() => w.hasEnded("p:again"));
    w.deploy("p", ten({ S8: { Output: "other" } }));
    expect(await restarts.restart(wanted)).toMatchObject({ executionId: "p:again", isNew: false });
    for (const other of [{ from: { state: "S6" } }, { input: 1 }, { version: 1 }])
      await expect(restarts.restart({ ...wanted, ...other })).rejects.toThrow("started before");
    await expect(restarts.restart(request({ name: "x" }))).rejects.toThrow("started before");
    expect(since()).toHaveLength(4);
  });

  it.each<[string, Partial<RestartRequest>, string]>([
    ["a state that it has not entered", { from: { state: "S8" } }, 'never entered the state "S8"'],
    ["an event that enters no state", { from: { eventId: 1 } }, "its event 1 enters no state"],
    ["an execution that is not there", { executionId: "p:y" }, "p:y"],
    ["a version that is not there", { version: 7 }, "no version 7"],
    ["a name that can not be", { name: "no blanks" }, "not allowed"],
  ])("is refused for %s", async (_, fields, message) => {
    const { restarts, since } = await failedAtSeven();
    await expect(restarts.restart(request(fields))).rejects.toThrow(message);
    expect(since()).toEqual([]);
  });

  it("is refused while the execution runs", async () => {
    const w = world({ definition: ten({ S7: { Type: "Wait", Seconds: 60 } as object }) });
    const server = w.server();
    await server.engine.start(start);
    await w.settle();
    await expect(restartsOf(w, server).restart(request())).rejects.toThrow("it runs");
  });

  it("names the state around one that stands in a Parallel state", async () => {
    const inner: StateMachine = { StartAt: "In", States: { In: task("In", { End: true }) } };
    const w = world({
      definition: {
        StartAt: "Both",
        States: { Both: { Type: "Parallel", Branches: [inner], End: true } },
      },
    });
    const server = w.server();
    await server.engine.start(start);
    await w.run(() => w.hasEnded("p:x"));
    const restarts = restartsOf(w, server);
    await expect(restarts.restart(request({ from: { state: "In" } }))).rejects.toMatchObject({
      code: "execution-not-restartable",
      action: 'restart it from the state "Both"',
    });
    const { states } = await restarts.preview({ executionId: "p:x", from: { state: "Both" } });
    expect(states).toMatchObject([
      { name: "Both", type: "Parallel" },
      { name: "In", machine: ["Both", 0], attemptCount: 1 },
    ]);
  });

  it("takes the last time that a state was entered, or the event that is named", async () => {
    const w = world({
      definition: {
        QueryLanguage: "JSONata",
        StartAt: "Step",
        States: {
          Step: task("step", { Output: "{% $states.input + 1 %}", Next: "Enough" }),
          Enough: {
            Type: "Choice",
            Choices: [{ Condition: "{% $states.input < 3 %}", Next: "Step" }],
            Default: "Done",
          },
          Done: { Type: "Succeed" },
        },
      },
    });
    const server = w.server();
    await server.engine.start({ ...start, input: 0 });
    await w.run(() => w.hasEnded("p:x"));
    const restarts = restartsOf(w, server);
    const last = await restarts.preview({ executionId: "p:x", from: { state: "Step" } });
    expect(last.beginsAt.input).toBe(2);
    expect(last.states[0]).toMatchObject({ name: "Step", attemptCount: 1 });
    const first = await restarts.preview({ executionId: "p:x", from: { eventId: 2 } });
    expect(first.beginsAt.input).toBe(0);
    expect(first.states[0]).toMatchObject({ name: "Step", attemptCount: 3 });
  });

  it("is made once, and named by the old one, wherever a crash cuts its start", async () => {
    for (let cut = 1; ; cut += 1) {
      let writes = -1;
      let server: Server | undefined;
      const w = world({
        definition: ten(),
        beforeWrite: () => {
          if (writes < 0) return;
          writes += 1;
          if (writes === cut) {
            server?.kill();
            throw new Error("the server is gone");
          }
        },
      });
      const first = w.server();
      server = first;
      await first.engine.start(start);
      await w.run(() => w.hasEnded("p:x"));
      writes = 0;
      const count = w.began.length;
      void restartsOf(w, first)
        .restart(request())
        .catch(() => undefined);
      for (let round = 0; round < 20 && !first.isDead(); round += 1) await w.settle();
      const isCut = first.isDead();
      const second = w.server();
      writes = -1;
      const restarts = restartsOf(w, second);
      expect(await restarts.restart(request())).toMatchObject({ executionId: "p:again" });
      await w.run(() => w.hasEnded("p:again"));
      expect(await restarts.restartsOf("p:x")).toEqual(["p:again"]);
      expect(await w.stateOf("p:again")).toMatchObject({ status: "SUCCEEDED", transitionCount: 4 });
      const began = new Set(resources(w.began.slice(count)));
      expect([...began]).toEqual(["s7", "s8", "s9", "s10"]);
      if (!isCut) {
        expect(cut).toBeGreaterThan(3);
        return;
      }
    }
  });
});

describe("a start at a start point", () => {
  const input: Json = { from: "outside" };
  const pointed = ten({
    S5: { Orchestration: { StartPoint: "half" }, Arguments: "{% $states.input %}" },
  });

  it("begins there with the input, and is the same only for the same point", async () => {
    const w = world({ definition: pointed });
    const { engine } = w.server();
    const wanted = { ...start, input, startPoint: "half" };
    await engine.start(wanted);
    expect(await engine.start(wanted)).toMatchObject({ isNew: false });
    await w.run(() => w.hasEnded("p:x"));
    expect(resources(w.began)).toEqual(["s5", "s6", "s7", "s8", "s9", "s10"]);
    expect(w.began[0]?.parameters).toEqual(input);
    await expect(engine.start({ ...start, input })).rejects.toThrow("started before");
    await expect(engine.start({ ...wanted, name: "y", startPoint: "S6" })).rejects.toMatchObject({
      code: "start-point-not-found",
      action: 'choose one of "half"',
    });
  });
});
