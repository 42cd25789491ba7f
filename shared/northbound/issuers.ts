import type { Access } from "#access/access.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { issuer, issuerBody, issuerList, issuerPath, issuerView } from "./schemas/access.ts";

const tag = "access";

const trust = ({ issuers }: Access): Operation =>
  operation({
    method: "post",
    path: "/v1/issuers",
    operationId: "trustIssuer",
    tag,
    needs: onEnvironment("issuer:create"),
    summary: "Trust an issuer of tokens (OpenID Connect) to say who people are",
    description:
      "An issuer of that name is replaced. Its people are `user:NAME/SUBJECT`, their groups `group:NAME/GROUP`; what they may do follows from assignments to those.",
    request: { body: issuerBody },
    bodyExample: {
      name: "corp",
      url: "https://login.example.net/realms/corp",
      audiences: ["holdfast"],
    },
    answers: { 200: { description: "The issuer.", schema: issuer } },
    problems: ["issuer-invalid"],
    answer: async ({ body, principal }) => {
      const trusted = await issuers.trust({
        groupsClaim: "groups",
        subjectClaim: "sub",
        clockToleranceSeconds: 60,
        ...body,
        by: principal,
      });
      const before = trusted.before && issuerView(trusted.before);
      const after = issuerView(trusted.issuer);
      return { status: 200, body: after, change: { object: after.name, before, after } };
    },
  });

const list = ({ issuers }: Access): Operation =>
  operation({
    method: "get",
    path: "/v1/issuers",
    operationId: "listIssuers",
    tag,
    needs: onEnvironment("issuer:read"),
    summary: "List the issuers that are trusted",
    answers: { 200: { description: "All of them.", schema: issuerList } },
    problems: [],
    answer: async () => ({
      status: 200,
      body: { issuers: (await issuers.list()).map(issuerView) },
    }),
  });

const distrust = ({ issuers }: Access): Operation =>
  operation({
    method: "delete",
    path: "/v1/issuers/{name}",
    operationId: "distrustIssuer",
    tag,
    needs: onEnvironment("issuer:remove"),
    summary: "Trust an issuer no longer",
    description: "Tokens of its people are refused within five seconds.",
    request: { params: issuerPath },
    answers: { 200: { description: "The issuer as it was.", schema: issuer } },
    problems: ["issuer-not-found"],
    answer: async ({ params: { name } }) => {
      const before = issuerView(await issuers.distrust(name));
      return { status: 200, body: before, change: { object: name, before } };
    },
  });

/** Operations on who says who people are. */
export const issuerOperations = (access: Access): readonly Operation[] =>
  [trust, list, distrust].map((made) => made(access));
