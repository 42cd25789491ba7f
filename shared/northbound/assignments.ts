import type { Access } from "#access/access.ts";
import type { Assignment } from "#access/assignments.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch } from "./precondition.ts";
import {
  assignment,
  assignmentBody,
  assignmentList,
  assignmentPath,
  assignmentView,
  grantView,
  scopeOf,
  whoami,
} from "./schemas/access.ts";

const tag = "access";

const etagOf = (found: Assignment): string => contentEtag(assignmentView(found));

/** What the operations on assignments need. */
export interface AssignmentsOptions {
  readonly access: Access;
  readonly environment: string;
}

const who = ({ environment }: AssignmentsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/whoami",
    operationId: "whoAmI",
    tag,
    needs: "somebody",
    summary: "Say who calls, and which roles that gives",
    answers: { 200: { description: "The caller.", schema: whoami } },
    problems: [],
    answer: ({ access: { principal } }) => {
      const { id, keyId, groups = [], grants } = principal;
      const named = { principal: id, keyId, groups, environment };
      return { status: 200, body: { ...named, grants: grants.map(grantView) } };
    },
  });

const create = ({ access }: AssignmentsOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/assignments",
    operationId: "createAssignment",
    tag,
    needs: onEnvironment("assignment:create"),
    summary: "Give a role to a key, a person or a group",
    description:
      "For everything, or for the processes of a scope. It counts on every server within five seconds.",
    request: { body: assignmentBody },
    bodyExample: {
      subject: "group:corp/billing",
      role: "Operator",
      scope: { kind: "category", names: ["billing"] },
    },
    answers: {
      201: { description: "A new assignment.", schema: assignment },
      200: { description: "It was there already.", schema: assignment },
    },
    problems: ["too-many-assignments"],
    answer: async ({ body: { scope, ...wanted }, principal }) => {
      const { assignment: made, isNew } = await access.assignments.create({
        ...wanted,
        scope: scope === undefined ? { kind: "all" } : scopeOf(scope),
        by: principal,
      });
      const shown = assignmentView(made);
      const change = { object: made.assignmentId, ...(isNew && { after: shown }) };
      return { status: isNew ? 201 : 200, headers: { etag: etagOf(made) }, body: shown, change };
    },
  });

const list = ({ access }: AssignmentsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/assignments",
    operationId: "listAssignments",
    tag,
    needs: onEnvironment("assignment:read"),
    summary: "List who has which role",
    answers: { 200: { description: "All of them.", schema: assignmentList } },
    problems: [],
    answer: async () => ({
      status: 200,
      body: { assignments: (await access.assignments.list()).map(assignmentView) },
    }),
  });

const get = ({ access }: AssignmentsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/assignments/{assignmentId}",
    operationId: "getAssignment",
    tag,
    needs: onEnvironment("assignment:read"),
    summary: "Show who has a role by an assignment",
    request: { params: assignmentPath },
    answers: { 200: { description: "The assignment.", schema: assignment } },
    problems: ["assignment-not-found"],
    answer: async ({ params: { assignmentId } }) => {
      const found = await access.assignments.get(assignmentId);
      return { status: 200, headers: { etag: etagOf(found) }, body: assignmentView(found) };
    },
  });

const remove = ({ access }: AssignmentsOptions): Operation =>
  operation({
    method: "delete",
    path: "/v1/assignments/{assignmentId}",
    operationId: "removeAssignment",
    tag,
    needs: onEnvironment("assignment:remove"),
    summary: "Take a role away",
    request: { params: assignmentPath, headers: matching },
    answers: { 200: { description: "The assignment as it was.", schema: assignment } },
    problems: ["assignment-not-found", "precondition-failed"],
    answer: async ({ params: { assignmentId }, headers }) => {
      const removed = await access.assignments.remove(assignmentId, (found) =>
        mustMatch(headers, etagOf(found)),
      );
      const before = assignmentView(removed);
      return { status: 200, body: before, change: { object: assignmentId, before } };
    },
  });

/** Operations on who has which role. */
export const assignmentOperations = (options: AssignmentsOptions): readonly Operation[] =>
  [who, create, list, get, remove].map((made) => made(options));
