/** Two releases share one platform; prints what came of it as JSON. Run by `two-releases.test.ts`. */
import type { StateMachine } from "#core/asl/definition.ts";
import type { Fact } from "#core/execution/facts.ts";
import { newerRelease } from "./newer-release.ts";
import { type Server, world } from "./world.ts";

type World = ReturnType<typeof world>;

const newer = await newerRelease();

const definition: StateMachine = {
  StartAt: "First",
  States: {
    First: { Type: "Task", Resource: "holdfast:test:work", Next: "Second" },
    Second: { Type: "Task", Resource: "holdfast:test:work", End: true },
  },
};

const working = (): World => {
  const w: World = world({
    definition,
    script: async ({ parameters }) => {
      await w.sleep(4_000);
      return { kind: "succeeded", output: parameters };
    },
  });
  return w;
};

const request = { process: "p", name: "x", input: { a: 1 }, startedBy: "t" } as const;

const pass = async (w: World, forMs: number): Promise<void> => {
  const untilMs = w.clock.nowMs() + forMs;
  w.clock.after(forMs, () => {});
  await w.run(() => w.clock.nowMs() >= untilMs, forMs + 1);
};

const stored = async ({ platform }: World) => ({
  log: await platform.log.load("p:x"),
  head: await platform.heads.get("p:x"),
});

const codeOf = async (w: World, call: Promise<unknown>): Promise<string> => {
  let code = "";
  void call.then(
    () => {
      code = "taken";
    },
    (error: { code: string }) => {
      code = error.code;
    },
  );
  await w.run(() => code !== "");
  return code;
};

const endOf = async (w: World): Promise<unknown> => {
  await w.run(() => w.hasEnded("p:x"));
  return (await w.platform.heads.get("p:x"))?.head.status;
};

const lefts = ({ events }: World): number =>
  events.filter(({ kind }) => kind === "execution-left").length;

/** What a server of this release does with an execution that only the newer one knows. */
const meets = async (w: World, older: Server) => {
  const before = JSON.stringify(await stored(w));
  await pass(w, 30_000);
  const answer = await codeOf(w, older.engine.stop("p:x", { by: "t" }));
  const after = JSON.stringify(await stored(w));
  return { isUntouched: before === after, answer, lefts: lefts(w) };
};

/** Begun by the newer release, whose server dies: this one leaves it to the next of the newer. */
const begunByNewer = async () => {
  const w = working();
  const first = w.server({}, { release: newer });
  await first.engine.start(request);
  await pass(w, 1_000);
  first.kill();
  const older = w.server();
  const met = await meets(w, older);
  const sinceMs = w.clock.nowMs();
  w.server({}, { release: newer });
  const end = await endOf(w);
  return { ...met, end, tookMs: w.clock.nowMs() - sinceMs };
};

/** Begun by this release, whose server dies: the newer one goes on. */
const begunByOlder = async () => {
  const w = working();
  const first = w.server();
  await first.engine.start(request);
  await pass(w, 1_000);
  first.kill();
  w.server({}, { release: newer });
  return { end: await endOf(w) };
};

/** The newer release writes a fact that this one does not know into the log of an execution that this one works on. */
const factOfNewer = async () => {
  const w = working();
  const older = w.server();
  await older.engine.start(request);
  await pass(w, 1_000);
  const record = {
    ...{ epoch: 0, seq: 1, executionId: "p:x", commitId: "n", server: "n", turn: "n-1" },
    ...{ doneThrough: 0, facts: [{ kind: "Remembered" } as unknown as Fact], commands: [] },
    ...{ atMs: w.clock.nowMs(), isOutside: true as const },
  };
  await w.platform.journal.write([{ kind: "AppendRecord", record }]);
  await pass(w, 20_000);
  const met = await meets(w, older);
  w.server({}, { release: newer });
  return { ...met, end: await endOf(w) };
};

console.log(
  JSON.stringify({
    begunByNewer: await begunByNewer(),
    begunByOlder: await begunByOlder(),
    factOfNewer: await factOfNewer(),
  }),
);
process.exit(0);
