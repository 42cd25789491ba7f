import { OrchestratorError } from "#core/errors.ts";
import { type EventStart, eventStart } from "#triggers/event-start.ts";
import type { Runtime } from "./runtime.ts";

/** An event as the ingress queue gives it. */
interface EventMessage {
  readonly messageId: string;
  readonly body: string;
}

type StartRuntime = Pick<Runtime, "engine" | "processes" | "onSystemEvent">;

const mustFit = async ({ processes }: StartRuntime, asked: EventStart): Promise<void> => {
  const { process: name, version, input, startPoint } = asked;
  const process = await processes.get(name, version);
  // The engine says that there is none.
  if (process === undefined || startPoint !== undefined) return;
  const problems = processes.inputProblems(process, input);
  if (problems.length === 0) return;
  const said = problems.map(({ path, message }) => `${path || "the input"} ${message}`);
  throw new OrchestratorError(
    "input-invalid",
    `the input does not fit ${name}: ${said.join("; ")}`,
  );
};

/**
 * Starts what an event asks for, once however often it comes (G6). Answers whether it is done with: one that asks
 * for what there is not comes again, and ends where dead letters are kept, after its first failure is told.
 */
export const startForEvent = async (
  runtime: StartRuntime,
  { messageId, body }: EventMessage,
): Promise<boolean> => {
  try {
    const asked = eventStart(body, messageId);
    await mustFit(runtime, asked);
    await runtime.engine.start(asked);
    return true;
  } catch (cause) {
    runtime.onSystemEvent({
      severity: "error",
      kind: "event-refused",
      message: `an event started nothing: ${cause instanceof Error ? cause.message : String(cause)}`,
      key: `event-refused ${messageId}`,
      cause,
      details: { messageId },
    });
    return false;
  }
};
