import { hash } from "node:crypto";
import { OrchestratorError } from "#core/errors.ts";
import { type Json, printJson } from "#core/json.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import { Known } from "./known.ts";
import { assignmentCountMax } from "./limits.ts";
import type { Grant, Scope } from "./permissions.ts";

/** A role that somebody has, within a scope. */
export interface Assignment extends Grant {
  readonly assignmentId: string;
  /** `key:NAME`, `user:ISSUER/SUBJECT` or `group:ISSUER/GROUP`. */
  readonly subject: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

/** Who has which role. All reject with `storage-*`. */
export interface Assignments {
  /** By subject. */
  readonly list: () => Promise<readonly Assignment[]>;
  /** The same assignment again is the one that is there. Rejects: `too-many-assignments`. */
  readonly create: (
    wanted: Pick<Assignment, "subject" | "role" | "scope"> & { readonly by: string },
  ) => Promise<{ readonly assignment: Assignment; readonly isNew: boolean }>;
  /** Rejects with `too-many-assignments` where there is no room for so many more. */
  readonly mustHaveRoom: (count: number) => Promise<void>;
  /** Rejects: `assignment-not-found`. */
  readonly get: (assignmentId: string) => Promise<Assignment>;
  /** Answers what it was; `check` may throw. Rejects: `assignment-not-found`. */
  readonly remove: (
    assignmentId: string,
    check?: (found: Assignment) => void,
  ) => Promise<Assignment>;
}

/** Key: assignment id. */
const collection = "roleAssignments";

const assignmentOf = ({ value }: StoredDocument): Assignment => value as unknown as Assignment;

const sorted = (scope: Scope): Json =>
  "names" in scope ? { kind: scope.kind, names: [...new Set(scope.names)].sort() } : { ...scope };

/** The same subject, role and scope have the same id. */
const idOf = ({ subject, role, scope }: Pick<Assignment, "subject" | "role" | "scope">): string =>
  hash("sha256", printJson([subject, role, sorted(scope)]), "hex").slice(0, 16);

const notFound = (assignmentId: string): OrchestratorError =>
  new OrchestratorError("assignment-not-found", `There is no assignment ${assignmentId}.`, {
    details: { assignmentId },
  });

const tooMany = (): OrchestratorError =>
  new OrchestratorError(
    "too-many-assignments",
    `There is no room: an environment has ${assignmentCountMax} assignments at most.`,
    { details: { limit: assignmentCountMax } },
  );

/** Assignments as documents; all of them are read at once and known for a moment. */
export const assignmentStore = ({
  documents,
  nowMs,
}: {
  readonly documents: DocumentStore;
  readonly nowMs: () => number;
}) => {
  const read = async (): Promise<readonly Assignment[]> => {
    const found = await documents.list(collection, { limit: assignmentCountMax + 1 });
    return found.documents
      .map(assignmentOf)
      .sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
  };
  const known = new Known(nowMs, read);
  const mustExist = async (assignmentId: string): Promise<StoredDocument> => {
    const found = await documents.get(collection, assignmentId);
    if (found === undefined) throw notFound(assignmentId);
    return found;
  };

  const mustHaveRoom = async (count: number): Promise<void> => {
    if ((await read()).length + count > assignmentCountMax) throw tooMany();
  };

  const assignments: Assignments = {
    list: read,
    mustHaveRoom,

    create: async ({ by, ...wanted }) => {
      const assignmentId = idOf(wanted);
      const assignment = { assignmentId, ...wanted, createdAtMs: nowMs(), createdBy: by };
      await mustHaveRoom(1);
      const value = assignment as unknown as Json;
      const put = await documents.put({ collection, key: assignmentId, value }, { expected: 0 });
      known.forget(collection);
      return put.kind === "stored" || put.found === undefined
        ? { assignment, isNew: true }
        : { assignment: assignmentOf(put.found), isNew: false };
    },

    get: async (assignmentId) => assignmentOf(await mustExist(assignmentId)),

    remove: async (assignmentId, check) => {
      for (;;) {
        const found = await mustExist(assignmentId);
        const assignment = assignmentOf(found);
        check?.(assignment);
        const { version: expected } = found;
        const isGone = await documents.remove(collection, assignmentId, { expected });
        known.forget(collection);
        if (isGone) return assignment;
      }
    },
  };
  return {
    ...assignments,
    /** All of them as they were a moment ago. */
    find: () => known.get(collection),
  };
};

export type AssignmentStore = ReturnType<typeof assignmentStore>;
