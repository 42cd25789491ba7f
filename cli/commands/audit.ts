import { connect } from "../environment/client.ts";
import type { AuditEntry, AuditVerification } from "../environment/contract.ts";
import { CommandFailed, exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { localTime, printable } from "../view/text.ts";
import type { Call } from "./call.ts";
import { readPages } from "./pages.ts";

export interface AuditOptions {
  readonly principal?: string;
  readonly operation?: string;
  readonly object?: string;
  readonly kind?: AuditEntry["kind"];
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly all?: boolean;
}

export interface VerifyOptions {
  /** `BLOCK:HASH` as a verification before has shown it. */
  readonly expect?: string;
}

const kindStyles = { begun: "yellow", changed: "green", failed: "red", denied: "red" } as const;

const instant = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : new Date(text).toISOString();

/** An intent is of interest only while nobody knows what came of it. */
const withoutOutcomes = (entries: readonly AuditEntry[]): readonly AuditEntry[] => {
  const told = new Set(entries.flatMap(({ of }) => of ?? []));
  return entries.filter(({ kind, entryId }) => kind !== "begun" || !told.has(entryId));
};

const resultOf = ({ kind, status, code, count }: AuditEntry): string => {
  if (kind === "begun") return "unknown: look at the object";
  const again = count === undefined ? "" : ` ${count} times more`;
  return `${code ?? status ?? ""}${again}`;
};

/** Lists changes and denied calls, newest first. */
export const audit = async ({ options, terminal }: Call<AuditOptions>): Promise<number> => {
  const { principal, operation, object, kind, since, until } = options;
  const query = {
    ...{ principal, operation, object, kind },
    since: instant(since),
    until: instant(until),
  };
  const { items, hasMore } = await readPages<AuditEntry>(await connect(options), {
    path: "/v1/audit",
    field: "entries",
    query,
    limit: options.all === true ? Number.POSITIVE_INFINITY : options.limit,
  });
  if (options.json === true) {
    terminal.json(items);
    return exitCodes.success;
  }
  const shown = withoutOutcomes(items);
  if (shown.length === 0) {
    terminal.out("No such entries.");
    return exitCodes.success;
  }
  const rows = shown.map((entry) => [
    localTime(entry.at),
    entry.principal,
    entry.from ?? "",
    entry.operation,
    entry.object ?? "",
    entry.kind,
    resultOf(entry),
    entry.reason ?? "",
  ]);
  const { paint } = terminal;
  const styles = {
    5: (text: string) => paint(kindStyles[text as AuditEntry["kind"]] ?? "reset", text),
  };
  const head = ["AT", "WHO", "FROM", "OPERATION", "OBJECT", "WHAT", "RESULT", "REASON"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint, styles }));
  if (hasMore) terminal.note(`More than ${items.length}: --limit N or --all shows them.`);
  return exitCodes.success;
};

const expected = (text: string): { readonly block: number; readonly hash: string } => {
  const [, block, hash = ""] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (block !== undefined) return { block: Number(block), hash };
  throw new CommandFailed(`"${text}" is not the head of an audit`, {
    next: "Give BLOCK:HASH as a verification before has shown it",
  });
};

/** Says whether the audit is whole and unchanged. */
export const verifyAudit = async ({ options, terminal }: Call<VerifyOptions>): Promise<number> => {
  const noted = options.expect === undefined ? undefined : expected(options.expect);
  const client = await connect(options);
  const path = "/v1/audit/verification";
  const problems: { readonly block: number; readonly message: string }[] = [];
  let entryCount = 0;
  let found: AuditVerification;
  let from = 1;
  do {
    found = await client.get<AuditVerification>(path, { from });
    problems.push(...found.problems);
    entryCount += found.entryCount;
    from = found.next ?? from;
  } while (found.next !== undefined);
  // Behind no block there may be any.
  if (noted !== undefined && noted.block > 0) {
    const query = { from: noted.block, limit: 1, expect: noted.hash };
    const held = await client.get<AuditVerification>(path, query);
    problems.push(
      ...held.problems.filter(
        ({ message }) =>
          !problems.some((known) => known.block === noted.block && known.message === message),
      ),
    );
  }
  const { head } = found;
  const result = { isIntact: problems.length === 0, entryCount, problems, head };
  if (options.json === true) terminal.json(result);
  else {
    for (const { block, message } of problems)
      terminal.out(`${terminal.paint("red", `block ${block}`)}  ${printable(message)}`);
    if (result.isIntact)
      terminal.out(`The audit is whole: ${entryCount} entries in ${head.block} blocks`);
    terminal.out(`head  ${head.block}:${head.hash}`);
    terminal.note("Note the head elsewhere; later give it with --expect.");
  }
  return result.isIntact ? exitCodes.success : exitCodes.executionFailed;
};
