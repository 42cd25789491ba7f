/** Deliberate bugs: the simulation is worth its time only if it catches each of them. */
import { deepTeeth } from "./deep-teeth.ts";
import { onCallTeeth } from "./on-call-teeth.ts";
import { core, engine, memory, type Tooth, tooth } from "./tooth.ts";

export const teeth: readonly Tooth[] = [
  tooth(
    "append without its condition",
    memory(
      "memory-journal.ts",
      "if (last?.epoch !== record.epoch || last.seq < record.seq) {",
      "if (record.seq >= 0) {",
    ),
  ),
  tooth(
    "acknowledge before the commit",
    engine(
      "starting.ts",
      "const outcome = await turns.start({ program, state, seq: -1 }, fact, isAwaited);",
      `void turns.start({ program, state, seq: -1 }, fact, isAwaited).catch(() => {});
       const outcome = { kind: "written" } as import("#ports/journal.ts").WriteOutcome;`,
    ),
  ),
  tooth(
    "leases are not renewed",
    engine("renewing.ts", '{ kind: "RenewLeases", leases, untilMs },', ""),
  ),
  tooth(
    "leases are not respected",
    engine("turns.ts", "if (untilMs > nowMs) return", "if (untilMs < 0) return"),
  ),
  tooth(
    "a renewal replaces the lease of another turn",
    memory("memory-journal.ts", "(execution.lease?.seq ?? -1) > seq", "false"),
  ),
  tooth(
    "a lease is compared with the time after it was read",
    engine(
      "turns.ts",
      "if (untilMs > nowMs) return",
      "if (untilMs > this.#context.clock.nowMs()) return",
    ),
  ),
  tooth(
    "no head is written with the start",
    engine(
      "tail-writes.ts",
      "if (seq === 0 || reopens || showsMore) writes.push(busyHead(context, loaded, seq));",
      "",
    ),
  ),
  tooth(
    "no head is written at the end of a turn",
    engine("settling.ts", 'writes.push({ kind: "PutHead", head });', "void head;"),
  ),
  tooth(
    "timers are left out of the head",
    engine(
      "head-of.ts",
      "nextCheckAtMs: timer === undefined ? checkAtMs : Math.min(timer, checkAtMs),",
      "nextCheckAtMs: timer === undefined ? checkAtMs : checkAtMs,",
    ),
  ),
  tooth(
    "activities run before the commit",
    engine(
      "execution-turn.ts",
      "const outcome = await this.#tail.append(decision, { triesMax, mayWait });",
      "this.#carryOut(decision.record);\n    const outcome = await this.#tail.append(decision, { triesMax, mayWait });",
    ),
    engine("execution-turn.ts", "if (record.seq <= this.#tail.seq)", ""),
    engine("execution-turn.ts", "\n    this.#carryOut(record);", "\n    void record;"),
  ),
  tooth(
    "claims are forgotten",
    engine("taking-up.ts", "this.#tail.claims = claims;", "void claims;"),
  ),
  tooth(
    "what is not restartable restarts",
    engine(
      "resolution.ts",
      'if (word !== undefined && word !== "verify") return word;',
      'if (word !== undefined && word !== "verify") return "restart";',
    ),
  ),
  tooth(
    "what nobody declares restartable is not asked about",
    engine(
      "resolution.ts",
      'return mayVerify ? "verify" : "ask";',
      'return mayVerify ? "verify" : "restart";',
    ),
  ),
  tooth(
    "what was interrupted just goes on",
    engine(
      "resume.ts",
      'turn === turnId ? "begin" : "resolve"',
      'turn === turnId ? "begin" : "begin"',
    ),
  ),
  tooth(
    "a refused record is not thrown away",
    engine(
      "execution-turn.ts",
      "const lost = this.#tail.reset(loaded);",
      "const lost = this.#tail.seq < 0 ? this.#tail.reset(loaded) : undefined;",
    ),
  ),
  tooth(
    "a storage fault is taken for success",
    engine(
      "write-until-done.ts",
      "if (tries === 1) {",
      'return { kind: "written" };\n      if (tries === 1) {',
    ),
  ),
  tooth(
    "a lease that is nearly over starts activities",
    engine(
      "turn-lease.ts",
      "this.untilMs - this.#clock.nowMs() >= this.#leaseMs / 3;",
      "this.untilMs - this.#clock.nowMs() !== 0.5;",
    ),
  ),
  tooth(
    "a repeated start does not compare its input",
    engine("repeated-start.ts", "sameJson(start.input, request.input) &&", ""),
  ),
  tooth(
    "a repeated start completes nothing",
    engine(
      "complete-start.ts",
      "if ((await context.platform.heads.get(executionId)) !== undefined) return;",
      "return;",
    ),
  ),
  tooth(
    "snapshots are of the record before",
    engine(
      "tail-writes.ts",
      "const snapshot = { executionId, epoch, seq, state: loaded.state };",
      "const snapshot = { executionId, epoch, seq: seq - 1, state: loaded.state };",
    ),
  ),
  tooth(
    "the sweeper sleeps",
    engine(
      "sweeper.ts",
      "if (this.#isSweeping || this.#isClosed) return;",
      "if (this.#isClosed || !this.#isClosed) return;",
    ),
  ),
  tooth(
    "the turn is noted after the state was kept",
    engine("log-tail.ts", "noteStarts(state, record);", "void noteStarts;"),
  ),
  tooth(
    "whoever comes late to a claim gets it all the same",
    core("late.ts", 'fact.kind === "ActivityClaimed" && activity.phase !== "running"', "false"),
  ),
  tooth(
    "what waits for a worker is not laid out again",
    engine("owed-commands.ts", "this.#owed = options.owed ?? [];", "this.#owed = [];"),
    engine("owed-commands.ts", "this.#owed = owed ?? [];", "void owed;"),
  ),
  tooth(
    "a turn that knows no better refuses an answer",
    engine("turns.ts", "if (wanted.length === 0) return", "if (wanted.length >= 0) return"),
  ),
  tooth(
    "an answer is acknowledged when it is offered",
    engine(
      "turns.ts",
      "if (facts.length > 0) return await turn.tell(facts);",
      'if (facts.length > 0) {\n      void turn.tell(facts);\n      return "recorded";\n    }',
    ),
  ),
  tooth(
    "a parent is not told of its child's end",
    engine("children.ts", "if (parent === undefined) return;", "if (parent !== undefined) return;"),
  ),
  tooth(
    "a parent is told once, whether it hears or not",
    engine(
      "notices.ts",
      "for (const { reject } of batch) reject(cause);",
      "for (const { resolve } of batch) resolve(); void cause;",
    ),
  ),
  tooth(
    "a child that nobody waits for any more goes on",
    engine("children.ts", "return isOurs ?", "return isOurs && child === undefined ?"),
  ),
  tooth(
    "a fact from outside ends the lease",
    core("note-starts.ts", "if (record.isOutside === true) return;", "if (false) return;"),
  ),
  tooth(
    "a signal that is sent again counts again",
    core("signals.ts", "if (isKnownSignal(state, signal.id)) return false;", ""),
  ),
  tooth(
    "an announced record is forgotten",
    engine(
      "tail-writes.ts",
      "const writes: Write[] = reopens ? [] :",
      "const writes: Write[] = !reopens ? [] :",
    ),
  ),
  tooth(
    "a storage fault fails a map run",
    engine("write-until-done.ts", "if (!passes || !isWanted()) throw error;", "throw error;"),
  ),
  ...deepTeeth,
  ...onCallTeeth,
];
