import type { Audit } from "#access/audit/audit.ts";
import { pageOf } from "./cursor.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import {
  auditEntryView,
  auditPage,
  auditQuery,
  verification,
  verificationQuery,
  verificationView,
} from "./schemas/audit.ts";

const tag = "access";

const instantIn = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);

const list = (audit: Audit): Operation =>
  operation({
    method: "get",
    path: "/v1/audit",
    operationId: "listAudit",
    tag,
    needs: onEnvironment("audit:read"),
    summary: "List changes and denied calls, newest first",
    description:
      "Starts, signals and the work of workers are not here: the log of each execution has them. Secrets are masked.",
    request: { query: auditQuery },
    answers: { 200: { description: "A page.", schema: auditPage } },
    problems: [],
    answer: async ({ query, cursors }) => {
      const found = await pageOf({ query, cursors }, "audit", ({ since, until, ...filter }) =>
        audit.list({ ...filter, sinceMs: instantIn(since), untilMs: instantIn(until) }),
      );
      return {
        status: 200,
        body: { entries: found.entries.map(auditEntryView), next: found.next },
      };
    },
  });

const verify = (audit: Audit): Operation =>
  operation({
    method: "get",
    path: "/v1/audit/verification",
    operationId: "verifyAudit",
    tag,
    needs: onEnvironment("audit:read"),
    summary: "Say whether the audit is whole and unchanged",
    description:
      "Looks at a stretch of its blocks; go on from `next` until there is none. Whoever can write to the storage can write a whole other chain: note the last block elsewhere.",
    request: { query: verificationQuery },
    answers: { 200: { description: "What was found.", schema: verification } },
    problems: [],
    answer: async ({ query }) => ({
      status: 200,
      body: verificationView(await audit.verify(query)),
    }),
  });

/** Operations on the audit. */
export const auditOperations = (audit: Audit): readonly Operation[] =>
  [list, verify].map((made) => made(audit));
