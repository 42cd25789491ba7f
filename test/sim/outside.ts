/**
 * Everybody outside of a simulation who has a part in an execution: workers that ask for activities,
 * those who were given a task token, and those who send signals. They die, answer late and say things
 * twice, and hold the servers to what they were told.
 */
import type { Json } from "#core/json.ts";
import type { ClaimedActivity, Engine, TaskAnswer } from "#engine/engine.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import { type Callers, codeOf, mayTryAgain, within } from "./clients.ts";
import { hashOf, type Random } from "./random.ts";
import { resultOf } from "./script.ts";
import { signalNames, workerActivities } from "./wide-processes.ts";

export interface OutsideOptions {
  readonly callers: Callers;
  readonly random: Random;
  /** Whether workers may die, and answers be late or said twice. */
  readonly areFaultsOn: () => boolean;
  /** Keeps the simulation from ending before the call has. */
  readonly call: (task: Promise<unknown>) => void;
  readonly isOver: () => boolean;
  readonly note: (line: string) => void;
}

/** An activity that somebody outside carries out. */
interface Errand {
  readonly executionId: string;
  readonly token: string;
  readonly name: string;
  /** What is drawn for it: the same in a run without faults. */
  readonly draw: number;
  readonly answer: TaskAnswer;
  readonly beatMs: number | undefined;
}

/** A signal on its way. */
interface Sent {
  readonly executionId: string;
  readonly name: string;
  readonly id: string;
}

const boom: TaskAnswer = { kind: "failed", error: "Boom", cause: "boom" };

const errand = (
  named: Pick<Errand, "executionId" | "token" | "name" | "beatMs">,
  of: { readonly key: string; readonly attempt: number; readonly parameters: Json },
): Errand => {
  const draw = hashOf(`${named.executionId} ${named.name}`);
  const output = resultOf(of.key, of.parameters);
  // The id of an activity may depend on which of two branches was faster; what becomes of it may not.
  const fate = hashOf(`${named.executionId} ${of.key}#${of.attempt} ${JSON.stringify(output)}`);
  return { ...named, draw, answer: fate % 8 === 0 ? boom : { kind: "succeeded", output } };
};

const activityIn = (token: string): string => token.split("/").at(-2) ?? "";

export class Outside {
  readonly #options: OutsideOptions;
  /** Attempts that were handed to a worker. */
  readonly #handed = new Set<string>();
  /** Tokens whose answer was acknowledged. */
  readonly #answered = new Set<string>();
  #workerCount = 0;

  constructor(options: OutsideOptions) {
    this.#options = options;
  }

  /** Workers for every activity, from now on. */
  work(): void {
    for (const activity of workerActivities)
      for (let count = 0; count < 2; count += 1) void this.#ask(activity);
  }

  /** An activity has given its token away. */
  told(token: string, request: ActivityRequest): void {
    const { executionId, activity, attempt, state, resource, parameters } = request;
    const name = `${activity}#${attempt}`;
    this.#carryOut(
      errand(
        { executionId, token, name, beatMs: 1_500 },
        { key: `${state}${resource}`, attempt, parameters },
      ),
    );
  }

  /** Sends each signal to an execution now and then. */
  signal(executionId: string, times: number): void {
    const { callers, random, call } = this.#options;
    for (let time = 0; time < times; time += 1) {
      for (const name of signalNames) {
        const id = `${name}-${time}`;
        const send = async () => {
          await callers.sleep(time * 9_000 + random.int(0, 3_000));
          await this.#sendUntilAnswered({ executionId, name, id });
        };
        call(send());
        if (this.#options.areFaultsOn() && random.chance(0.2)) call(send());
      }
    }
  }

  async #ask(activity: string): Promise<void> {
    this.#workerCount += 1;
    const worker = `worker${this.#workerCount}`;
    const { callers, random, isOver } = this.#options;
    while (!isOver()) {
      const engine = callers.server();
      const timeoutMs = random.int(1, 20) * 1_000;
      const claimed = engine && (await this.#claim(engine, activity, { worker, timeoutMs }));
      if (claimed !== undefined) this.#take(worker, activity, claimed);
      await callers.sleep(random.int(100, 900));
    }
  }

  async #claim(
    engine: Engine,
    activity: string,
    asked: { readonly worker: string; readonly timeoutMs: number },
  ): Promise<ClaimedActivity | undefined> {
    const { callers } = this.#options;
    try {
      const answer = await within(callers, engine.claim(activity, asked), asked.timeoutMs + 2_000);
      return answer.kind === "answered" ? answer.value : undefined;
    } catch (error) {
      const code = codeOf(error);
      if (!mayTryAgain(code)) callers.violated("call", `claim of ${activity}: ${code}`);
      return undefined;
    }
  }

  /** What was handed out is in the log (G1), and nobody else has it (I28). */
  #take(worker: string, resource: string, claimed: ClaimedActivity): void {
    const { callers, note, random, areFaultsOn } = this.#options;
    const { executionId, token, state, attempt, input, heartbeatMs } = claimed;
    const activity = activityIn(token);
    const name = `${activity}#${attempt}`;
    note(`${worker} has ${executionId} ${name}`);
    const isClaimed = callers
      .watched(executionId)
      ?.hasRecorded(
        (fact) =>
          fact.kind === "ActivityClaimed" &&
          fact.activity === activity &&
          fact.attempt === attempt &&
          fact.worker === worker,
      );
    if (isClaimed !== true)
      callers.violated("G1", `${name} of ${executionId} is handed out without a record`);
    if (this.#handed.has(token))
      callers.violated("I28", `${name} of ${executionId} is handed out twice`);
    this.#handed.add(token);
    // A worker that dies with what it has is noticed by the time-out.
    if (areFaultsOn() && random.chance(0.15)) return;
    const beatMs = heartbeatMs === undefined ? undefined : heartbeatMs / 3;
    this.#carryOut(
      errand(
        { executionId, token, name, beatMs },
        { key: `${state}${resource}`, attempt, parameters: input },
      ),
    );
  }

  #carryOut(given: Errand): void {
    const { callers, random, areFaultsOn, call } = this.#options;
    const isHostile = areFaultsOn();
    const lateMs = isHostile && random.chance(0.1) ? random.int(1_000, 60_000) : 0;
    const answer = async () => {
      await this.#busy(given, (given.draw % 4_000) + lateMs);
      await this.#answerUntilAnswered(given);
    };
    call(answer());
    if (isHostile && random.chance(0.2)) call(callers.sleep(random.int(1, 5_000)).then(answer));
  }

  /** Lets its heart beat while it works. */
  async #busy({ token, beatMs }: Errand, forMs: number): Promise<void> {
    const { callers } = this.#options;
    const stepMs = beatMs ?? forMs;
    for (let leftMs = forMs; leftMs > 0; leftMs -= stepMs) {
      await callers.sleep(Math.max(1, Math.min(leftMs, stepMs)));
      const engine = callers.server();
      if (beatMs === undefined || engine === undefined) continue;
      const beat = engine.answer(token, { kind: "heartbeat" });
      await within(callers, beat).catch((error: unknown) => {
        const code = codeOf(error);
        if (code !== "task-not-waiting" && !mayTryAgain(code))
          callers.violated("call", `heartbeat for ${token}: ${code}`);
      });
    }
  }

  async #answerUntilAnswered(given: Errand): Promise<void> {
    const { callers } = this.#options;
    for (;;) {
      const engine = callers.server();
      if (engine !== undefined && (await this.#answerOnce(engine, given))) return;
      await callers.sleep(700);
    }
  }

  async #answerOnce(engine: Engine, given: Errand): Promise<boolean> {
    const { callers, note } = this.#options;
    const { executionId, token, name } = given;
    try {
      const answer = await within(callers, engine.answer(token, given.answer));
      if (answer.kind === "silent") return false;
      note(`answer for ${executionId} ${name} is acknowledged`);
      if (this.#answered.has(token))
        callers.violated("answer", `two answers for ${executionId} ${name} are acknowledged`);
      this.#answered.add(token);
      this.#mustBeRecorded(given);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (mayTryAgain(code)) return false;
      if (code !== "task-not-waiting")
        callers.violated("call", `answer for ${executionId} ${name}: ${code}`);
      await this.#mustNotWait(given);
      return true;
    }
  }

  #mustBeRecorded({ executionId, token, name, answer }: Errand): void {
    const { callers } = this.#options;
    const kinds = [
      answer.kind === "succeeded" ? "ActivitySucceeded" : "ActivityFailed",
      // The call was interrupted, and this is what became of it.
      "ActivityResolved",
    ];
    const activity = activityIn(token);
    const isRecorded = callers
      .watched(executionId)
      ?.hasRecorded(
        (fact) => kinds.includes(fact.kind) && "activity" in fact && fact.activity === activity,
      );
    if (isRecorded !== true)
      callers.violated("G1", `an answer for ${executionId} ${name} is acknowledged, not recorded`);
  }

  /** Whoever is told that nothing waits for a token was told the truth. */
  async #mustNotWait({ executionId, token, name }: Errand): Promise<void> {
    const { callers } = this.#options;
    const watched = callers.watched(executionId);
    await watched?.settled();
    const activity = watched?.state?.activities[activityIn(token)];
    if (watched?.state?.status !== "RUNNING" || activity?.token !== token) return;
    if (activity.phase !== "waitingToRetry")
      callers.violated("answer", `${executionId} ${name} waits, and its answer is refused`);
  }

  async #sendUntilAnswered(sent: Sent): Promise<void> {
    const { callers } = this.#options;
    for (;;) {
      const engine = callers.server();
      if (engine !== undefined && (await this.#sendOnce(engine, sent))) return;
      await callers.sleep(700);
    }
  }

  async #sendOnce(engine: Engine, sent: Sent): Promise<boolean> {
    const { callers } = this.#options;
    const { executionId, name, id } = sent;
    try {
      const signal = { name, id, payload: { signal: id }, by: "sim" };
      const answer = await within(callers, engine.signal(executionId, signal));
      if (answer.kind === "silent") return false;
      const isRecorded = callers
        .watched(executionId)
        ?.hasRecorded((fact) => fact.kind === "SignalReceived" && fact.id === id);
      if (isRecorded !== true)
        callers.violated("G1", `signal ${id} of ${executionId} is acknowledged, not recorded`);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (mayTryAgain(code)) return false;
      await this.#mustRefuse(executionId, code);
      return true;
    }
  }

  /** A signal is refused only where nobody will ever take it. */
  async #mustRefuse(executionId: string, code: string): Promise<void> {
    const { callers } = this.#options;
    const watched = callers.watched(executionId);
    await watched?.settled();
    const isRight =
      (code === "execution-ended" && (watched?.ends.size ?? 0) > 0) ||
      (code === "execution-not-found" && watched?.isAcknowledged !== true);
    if (!isRight) callers.violated("signal", `a signal to ${executionId} is refused with ${code}`);
  }
}
