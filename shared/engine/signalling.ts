import { OrchestratorError } from "#core/errors.ts";
import type { SignalReceived } from "#core/execution/facts.ts";
import { isKnownSignal } from "#core/execution/signals.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { signalsKeptMax } from "#core/limits.ts";
import type { EngineContext } from "./context.ts";
import type { SignalRequest } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import { loadExecution } from "./loading.ts";
import type { Turns } from "./turns.ts";

const namePattern = /^[A-Za-z0-9._-]{1,80}$/;
const idLengthMax = 128;

/**
 * Records what somebody outside tells an execution. One that has come before is recorded again, which
 * changes nothing: so what is acknowledged is durable, whoever has recorded it first.
 */
export const signalExecution = async (
  context: EngineContext,
  turns: Turns,
  told: { readonly executionId: string; readonly signal: SignalRequest },
): Promise<{ readonly id: string }> => {
  const { executionId, signal } = told;
  const { name, payload, by, id = context.entropy.hex(16) } = signal;
  if (!namePattern.test(name)) throw invalid(`${JSON.stringify(name.slice(0, 100))} is no name`);
  if (id === "" || id.length > idLengthMax) throw invalid(`an id of ${id.length} characters`);
  const fact: SignalReceived = { kind: "SignalReceived", id, name, payload, by };
  const outcome = await turns.tell(executionId, (state) => {
    refuseTooMany(state, id);
    return [fact];
  });
  if (outcome === undefined) throw executionNotFound(executionId);
  if (outcome === "ended" && !(await hasBeenRecorded(context, executionId, id)))
    throw hasEnded(executionId);
  return { id };
};

const refuseTooMany = (state: ExecutionState, id: string): void => {
  const count = state.signals?.kept.length ?? 0;
  if (count < signalsKeptMax || isKnownSignal(state, id)) return;
  throw new OrchestratorError(
    "too-many-signals",
    `${state.executionId} has ${count} signals that it has not taken yet`,
    {
      action: "send it again when the execution has taken some",
      details: { limit: signalsKeptMax },
    },
  );
};

const hasBeenRecorded = async (
  context: EngineContext,
  executionId: string,
  id: string,
): Promise<boolean> => {
  const loaded = await loadExecution(context, executionId);
  return loaded !== undefined && isKnownSignal(loaded.state, id);
};

const invalid = (what: string) =>
  new OrchestratorError("signal-invalid", `${what} for a signal`, {
    action: `use 1 to 80 of A-Z a-z 0-9 . _ - as a name, 1 to ${idLengthMax} characters as an id`,
  });

const hasEnded = (executionId: string) =>
  new OrchestratorError("execution-ended", `the execution ${executionId} has ended already`, {
    action: "look at its status",
    details: { executionId },
  });
