import { roles } from "#access/roles.ts";
import { roleTexts } from "#cli/view/role-texts.ts";
import type { Operation } from "#northbound/operation.ts";
import type { DocumentedOperation } from "../unit/northbound/documented.ts";
import { type Cell, roleMatrix } from "./role-matrix.ts";
import { serviceRoleMatrix } from "./service-role-matrix.ts";

const shown = { all: "yes", own: "own", no: "" } as const satisfies Record<Cell, string>;

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`.replaceAll("  ", " ");

const operationRow = ({ operationId, "x-holdfast-needs": needs }: DocumentedOperation): string => {
  const cells = roleMatrix[operationId]?.cells ?? [];
  return row([`\`${operationId}\``, `\`${needs}\``, ...cells.map((cell) => shown[cell])]);
};

const serviceRow = ({ operationId, needs }: Operation): string => {
  const cells = serviceRoleMatrix[operationId]?.cells ?? [];
  const action = typeof needs === "string" ? needs : needs.action;
  return row([`\`${operationId}\``, `\`${action}\``, ...cells.map((cell) => shown[cell])]);
};

const head = `${row(["operation", "needs", ...roles])}
|---|---|${roles.map(() => "---|").join("")}`;

/** `docs/permissions.md`, from the table that the tests hold the API against. */
export const permissionsPage = (
  operations: readonly DocumentedOperation[],
  serviceOperations: readonly Operation[],
): string => `# Permissions

Who may call which operation of the API. A role is assigned to a key, a person or a group, for everything or
for a part of the processes ([ADR 17](adr/0017-access.md)); what no assignment allows is denied.

${row(["role", "for"])}
|---|---|
${roles.map((role) => row([role, roleTexts[role] ?? ""])).join("\n")}

**yes**: on all objects of the assignment's scope. **own**: on executions that the caller started and processes
whose first version it deployed. Nothing: 403, whatever the object. Of an object that the caller may not read it is told
that it does not exist (404), and lists leave it out; only a deployment under the name of another's process is answered with 403.
What needs \`nobody\` is open, what needs \`somebody\` wants valid credentials and no role.

An assignment with a scope (categories, names, own) covers what belongs to a process: processes, executions, their tasks,
alerts and system events. All other operations need an assignment without a scope.

${head}
${operations.map(operationRow).join("\n")}

The [Step Functions protocol](step-functions-protocol.md): what may not be read is answered as what is not there, what may be read but not done
with \`AccessDeniedException\`. DescribeStateMachineForExecution needs \`execution:read\` of the execution as well.

${head}
${serviceOperations.map(serviceRow).join("\n")}
`;
