/** Deliberate bugs that only the deepest range can catch. */
import { engine, memory, type Tooth, tooth } from "./tooth.ts";

export const deepTeeth: readonly Tooth[] = [
  tooth(
    "a drain forgets those that are there",
    engine(
      "drains.ts",
      "return { drains: [...drains.filter((other) => other !== before), drain] };",
      "return { drains: [drain] };",
    ),
  ),
  tooth(
    "what is drained begins all the same",
    engine(
      "held-back.ts",
      "if (drain === undefined) return command;",
      'if (drain?.drainId !== "") return command;',
    ),
  ),
  tooth("a server that stands still is called gone", {
    file: "test/sim/membership.ts",
    from: "return member.name === name ||",
    to: "return member.isSilent() || member.name === name ||",
  }),
  tooth(
    "a checkpoint is not given back",
    engine(
      "running-activities.ts",
      "if (activity.checkpoint !== undefined) this.checkpoint",
      "if (activity.checkpoint === null) this.checkpoint",
    ),
  ),
  tooth(
    "a checkpoint is acknowledged when it is offered",
    engine(
      "running-activities.ts",
      "return new Promise((resolve, reject) => {\n      this.#tell",
      "return new Promise((resolve, reject) => {\n      resolve();\n      this.#tell",
    ),
  ),
  tooth(
    "what is lost is done again although it is to be skipped",
    engine(
      "dropped-progress.ts",
      'settings?.onLoss === "rerun" ? "startOver" : "end"',
      'settings?.onLoss === "never" ? "end" : "startOver"',
    ),
  ),
  tooth(
    "nobody is told of what is lost",
    engine("taking-up.ts", "context.onSystemEvent(takenOverEvent(", "void (takenOverEvent("),
  ),
  tooth(
    "what is lost is gone on with",
    engine(
      "dropped-progress.ts",
      'isOpen && program.settings?.persistence === "none" && isForeign(taking)',
      'isOpen && program.settings?.persistence === "nil" && isForeign(taking)',
    ),
  ),
  tooth(
    "records wait behind no lease",
    engine("unwritten-records.ts", "this.#isBehindLease &&\n", "\n"),
  ),
  tooth(
    "a record that is late takes a place that was emptied",
    memory(
      "memory-journal.ts",
      "last.seq < record.seq",
      "!records.some(({ seq }) => seq === record.seq)",
    ),
  ),
  tooth(
    "the second answer to a question is acknowledged, too",
    engine(
      "resolving.ts",
      'if (outcome !== "recorded") await mustHaveBeenSaid',
      'if (outcome === "recorded") return;\n  if (named.executionId === "") await mustHaveBeenSaid',
    ),
  ),
  tooth(
    "poison is never set aside",
    engine(
      "suspects.ts",
      "if (before.open.length < suspectTriesMax) return;",
      "if (before.open.length >= 0) return;",
    ),
  ),
  tooth(
    "a try that ended well is counted all the same",
    engine(
      "suspects.ts",
      "open.includes(own) ? { open: open.filter",
      "open.length < 0 ? { open: open.filter",
    ),
  ),
];
