/** Callers of a simulation: they start and stop executions, and hold the servers to what they were told. */
import { OrchestratorError } from "#core/errors.ts";
import { type Json, sameJson } from "#core/json.ts";
import type { Engine } from "#engine/engine.ts";
import type { Watched } from "./watched.ts";

export interface Order {
  readonly process: string;
  readonly name: string;
  readonly input: Json;
}

export interface Callers {
  /** A server that takes calls now. */
  readonly server: () => Engine | undefined;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly watched: (executionId: string) => Watched | undefined;
  readonly hasHead: (executionId: string) => boolean;
  readonly violated: (kind: string, message: string) => void;
}

/** A caller gives a silent server up after this long, ms. */
const patienceMs = 5_000;

type Answer<T> = { readonly kind: "answered"; readonly value: T } | { readonly kind: "silent" };

/** Rejects with what the engine rejects with. */
export const within = async <T>(
  callers: Pick<Callers, "sleep">,
  call: Promise<T>,
  forMs = patienceMs,
): Promise<Answer<T>> => {
  const answered = call.then((value): Answer<T> => ({ kind: "answered", value }));
  const silent = callers.sleep(forMs).then((): Answer<T> => ({ kind: "silent" }));
  return await Promise.race([answered, silent]);
};

export const codeOf = (error: unknown): string =>
  error instanceof OrchestratorError ? error.code : `unexpected ${String(error)}`;

export const mayTryAgain = (code: string): boolean =>
  code === "storage-unavailable" || code === "server-stopping" || code === "execution-set-aside";

/** What is checked when a start is acknowledged (G1, G6). */
const acknowledge = (callers: Callers, order: Order, executionId: string): void => {
  const watched = callers.watched(executionId);
  const start = watched?.records[0]?.facts[0];
  if (watched === undefined || start?.kind !== "ExecutionStarted") {
    callers.violated("G1", `${executionId} is acknowledged without a record`);
    return;
  }
  watched.isAcknowledged = true;
  if (!sameJson(start.input, order.input))
    callers.violated("G6", `${executionId} is acknowledged for another input`);
  if (!callers.hasHead(executionId))
    callers.violated("G5", `${executionId} is acknowledged without a head`);
};

/** What a rejected start says: `true` if the name is taken, rightly. */
const refuse = (callers: Callers, order: Order, code: string): boolean => {
  const executionId = `${order.process}:${order.name}`;
  if (code === "execution-name-taken") {
    const start = callers.watched(executionId)?.records[0]?.facts[0];
    if (start?.kind !== "ExecutionStarted" || sameJson(start.input, order.input))
      callers.violated("G6", `${executionId} is refused although its input is the same`);
    return true;
  }
  if (!mayTryAgain(code)) callers.violated("call", `start of ${executionId}: ${code}`);
  return false;
};

/** Asks one server once; answers whether there is an answer. */
const startOnce = async (callers: Callers, order: Order, engine: Engine): Promise<boolean> => {
  try {
    const answer = await within(callers, engine.start({ ...order, startedBy: "sim" }));
    if (answer.kind === "silent") return false;
    acknowledge(callers, order, answer.value.executionId);
    return true;
  } catch (error) {
    return refuse(callers, order, codeOf(error));
  }
};

/** Starts an execution and does not give up before there is an answer. */
export const startUntilAnswered = async (callers: Callers, order: Order): Promise<void> => {
  for (;;) {
    const engine = callers.server();
    if (engine !== undefined && (await startOnce(callers, order, engine))) return;
    await callers.sleep(700);
  }
};

/** Asks for a stop once; what was acknowledged must be so. */
export const stopOnce = async (callers: Callers, executionId: string): Promise<void> => {
  const engine = callers.server();
  if (engine === undefined) return;
  try {
    const answer = await within(callers, engine.stop(executionId, { by: "sim" }));
    if (answer.kind === "silent") return;
    const watched = callers.watched(executionId);
    await watched?.settled();
    if (watched?.ends.has("ABORTED") !== true)
      callers.violated("stop", `${executionId} is ${watched?.state?.status} after its stop`);
  } catch (error) {
    const code = codeOf(error);
    const watched = callers.watched(executionId);
    await watched?.settled();
    const hasEnded = watched !== undefined && watched.ends.size > 0;
    if (
      code === "execution-ended" ? !hasEnded : !mayTryAgain(code) && code !== "execution-not-found"
    )
      callers.violated("stop", `stop of ${executionId}: ${code}, it is ${watched?.state?.status}`);
  }
};

/** Asks for a redrive once; what was acknowledged is in the log. */
export const redriveOnce = async (callers: Callers, executionId: string): Promise<void> => {
  const engine = callers.server();
  const watched = callers.watched(executionId);
  if (engine === undefined || watched === undefined) return;
  watched.isRedriveAsked = true;
  try {
    const answer = await within(callers, engine.redrive(executionId, "sim"));
    if (answer.kind === "silent") return;
    if (!watched.hasRecorded(({ kind }) => kind === "ExecutionRedriven"))
      callers.violated("G1", `a redrive of ${executionId} is acknowledged without a record`);
  } catch (error) {
    const code = codeOf(error);
    if (!mayTryAgain(code) && code !== "execution-not-found" && code !== "execution-not-redrivable")
      callers.violated("call", `redrive of ${executionId}: ${code}`);
  }
};

/** Waits for the end once; an end that was told is the end. */
export const awaitOnce = async (callers: Callers, executionId: string): Promise<void> => {
  const engine = callers.server();
  if (engine === undefined) return;
  try {
    const answer = await within(callers, engine.awaitEnd(executionId, 4_000));
    if (answer.kind === "silent" || answer.value === "RUNNING") return;
    const watched = callers.watched(executionId);
    await watched?.settled();
    if (watched?.ends.has(answer.value) !== true)
      callers.violated("await", `${executionId} is ${watched?.state?.status}, not ${answer.value}`);
  } catch (error) {
    const code = codeOf(error);
    if (!mayTryAgain(code) && code !== "execution-not-found")
      callers.violated("call", `awaitEnd of ${executionId}: ${code}`);
  }
};
