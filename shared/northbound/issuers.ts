import type { Access } from "#access/access.ts";
import type { Issuer } from "#access/issuers.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch, preconditions } from "./precondition.ts";
import { issuer, issuerBody, issuerList, issuerPath, issuerView } from "./schemas/access.ts";

const tag = "access";

const etagOf = (found: Issuer): string => contentEtag(issuerView(found));

const trust = ({ issuers }: Access): Operation =>
  operation({
    method: "post",
    path: "/v1/issuers",
    operationId: "trustIssuer",
    tag,
    needs: onEnvironment("issuer:create"),
    summary: "Trust an issuer of tokens (OpenID Connect) to say who people are",
    description:
      "An issuer of that name is replaced: with If-Match only if it still has that ETag, with If-None-Match: * not at all. Its people are `user:NAME/SUBJECT`, their groups `group:NAME/GROUP`; what they may do follows from assignments to those.",
    request: { headers: preconditions, body: issuerBody },
    bodyExample: {
      name: "corp",
      url: "https://login.example.net/realms/corp",
      audiences: ["holdfast"],
    },
    answers: { 200: { description: "The issuer.", schema: issuer } },
    problems: ["issuer-invalid", "precondition-failed"],
    answer: async ({ headers, body, principal }) => {
      const defaults = { groupsClaim: "groups", subjectClaim: "sub", clockToleranceSeconds: 60 };
      const trusted = await issuers.trust({ ...defaults, ...body, by: principal }, (found) =>
        mustMatch(headers, found && etagOf(found)),
      );
      const before = trusted.before && issuerView(trusted.before);
      const after = issuerView(trusted.issuer);
      return {
        status: 200,
        headers: { etag: etagOf(trusted.issuer) },
        body: after,
        change: { object: after.name, before, after },
      };
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

const get = ({ issuers }: Access): Operation =>
  operation({
    method: "get",
    path: "/v1/issuers/{name}",
    operationId: "getIssuer",
    tag,
    needs: onEnvironment("issuer:read"),
    summary: "Show an issuer that is trusted",
    request: { params: issuerPath },
    answers: { 200: { description: "The issuer.", schema: issuer } },
    problems: ["issuer-not-found"],
    answer: async ({ params: { name } }) => {
      const found = await issuers.get(name);
      return { status: 200, headers: { etag: etagOf(found) }, body: issuerView(found) };
    },
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
    request: { params: issuerPath, headers: matching },
    answers: { 200: { description: "The issuer as it was.", schema: issuer } },
    problems: ["issuer-not-found", "precondition-failed"],
    answer: async ({ params: { name }, headers }) => {
      const check = (found: Issuer) => mustMatch(headers, etagOf(found));
      const before = issuerView(await issuers.distrust(name, check));
      return { status: 200, body: before, change: { object: name, before } };
    },
  });

/** Operations on who says who people are. */
export const issuerOperations = (access: Access): readonly Operation[] =>
  [trust, list, get, distrust].map((made) => made(access));
