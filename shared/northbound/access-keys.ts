import type { Access } from "#access/access.ts";
import { type AccessKey, keyPrincipal } from "#access/access-keys.ts";
import { onEnvironment } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { contentEtag, matching, mustMatch } from "./precondition.ts";
import { HttpProblem } from "./problem.ts";
import {
  accessKey,
  accessKeyList,
  accessKeyView,
  issuedKey,
  issuedKeyView,
  keyBody,
  keyPath,
  revokeBody,
  rotateBody,
  scopeOf,
} from "./schemas/access.ts";

const tag = "access";

const etagOf = ({ lastUsedAtMs: _, ...key }: AccessKey): string => contentEtag(accessKeyView(key));

/** What the operations on access keys need. */
export interface AccessKeysOptions {
  readonly access: Access;
  readonly nowMs: () => number;
}

const expiryOf = (text: string | undefined, nowMs: number): { readonly expiresAtMs?: number } => {
  if (text === undefined) return {};
  const expiresAtMs = Date.parse(text);
  if (expiresAtMs > nowMs) return { expiresAtMs };
  const message = "It is in the past.";
  throw new HttpProblem("request-invalid", `The body is not valid. /expiresAt: ${message}`, {
    details: { problems: [{ in: "body", path: "/expiresAt", message }] },
  });
};

const create = ({ access, nowMs }: AccessKeysOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/access-keys",
    operationId: "createAccessKey",
    tag,
    needs: onEnvironment("accessKey:create"),
    summary: "Make an access key",
    description:
      "Its token is shown in this answer and never again. With `isForAws` it can sign as AWS clients do: the key id is their access key id, `secret` their secret access key, and the region any.",
    request: { body: keyBody },
    bodyExample: { name: "ci", grants: [{ role: "Definition", scope: { kind: "all" } }] },
    answers: { 201: { description: "The key, and its token.", schema: issuedKey } },
    problems: ["access-key-name-taken", "too-many-assignments"],
    answer: async ({ body, principal, access: caller }) => {
      const { grants = [], expiresAt, ...wanted } = body;
      const expiry = expiryOf(expiresAt, nowMs());
      const subject = keyPrincipal(wanted.name);
      if (grants.length > 0) {
        await caller.demand("assignment:create", { kind: "environment" });
        // A key that is made is shown in this answer only, and its name is taken for ever.
        await access.assignments.mustHaveRoom(grants.length);
      }
      const issued = await access.keys.create({ ...wanted, ...expiry, by: principal });
      for (const { role, scope } of grants) {
        await access.assignments.create({ subject, role, scope: scopeOf(scope), by: principal });
      }
      return {
        status: 201,
        body: issuedKeyView(issued),
        change: { object: issued.key.keyId, after: { ...accessKeyView(issued.key), grants } },
      };
    },
  });

const list = ({ access }: AccessKeysOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/access-keys",
    operationId: "listAccessKeys",
    tag,
    needs: onEnvironment("accessKey:read"),
    summary: "List the access keys, by name; those that are revoked stay in the list",
    answers: { 200: { description: "All of them, without their secrets.", schema: accessKeyList } },
    problems: [],
    answer: async () => ({
      status: 200,
      body: { accessKeys: (await access.keys.list()).map(accessKeyView) },
    }),
  });

const get = ({ access }: AccessKeysOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/access-keys/{keyId}",
    operationId: "getAccessKey",
    tag,
    needs: onEnvironment("accessKey:read"),
    summary: "Show an access key, without its secret",
    description: "Its last use is no part of its ETag.",
    request: { params: keyPath },
    answers: { 200: { description: "The key.", schema: accessKey } },
    problems: ["access-key-not-found"],
    answer: async ({ params: { keyId } }) => {
      const found = await access.keys.get(keyId);
      return { status: 200, headers: { etag: etagOf(found) }, body: accessKeyView(found) };
    },
  });

const rotate = ({ access, nowMs }: AccessKeysOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/access-keys/{keyId}/rotate",
    operationId: "rotateAccessKey",
    tag,
    needs: onEnvironment("accessKey:rotate"),
    summary: "Make a new key under the name of an old one, which ends now or after a while",
    request: { params: keyPath, headers: matching, body: rotateBody },
    bodyExample: { graceSeconds: 3600 },
    answers: { 201: { description: "The new key, and its token.", schema: issuedKey } },
    problems: ["access-key-not-found", "precondition-failed"],
    answer: async ({ params: { keyId }, headers, body, principal }) => {
      const { graceSeconds = 0, expiresAt } = body;
      const issued = await access.keys.rotate(keyId, {
        by: principal,
        graceMs: graceSeconds * 1000,
        check: (found) => mustMatch(headers, etagOf(found)),
        ...expiryOf(expiresAt, nowMs()),
      });
      return {
        status: 201,
        body: issuedKeyView(issued),
        change: { object: keyId, after: accessKeyView(issued.key) },
      };
    },
  });

const revoke = ({ access }: AccessKeysOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/access-keys/{keyId}/revoke",
    operationId: "revokeAccessKey",
    tag,
    needs: onEnvironment("accessKey:revoke"),
    summary: "Refuse an access key from now on; revoking it again changes nothing",
    description: "Every server refuses it within five seconds.",
    request: { params: keyPath, headers: matching, body: revokeBody },
    bodyExample: {},
    answers: { 200: { description: "The revoked key.", schema: accessKey } },
    problems: ["access-key-not-found", "precondition-failed"],
    answer: async ({ params: { keyId }, headers, principal }) => {
      const before = accessKeyView(await access.keys.get(keyId));
      const revoked = await access.keys.revoke(keyId, principal, (found) =>
        mustMatch(headers, etagOf(found)),
      );
      const after = accessKeyView(revoked);
      return {
        status: 200,
        headers: { etag: etagOf(revoked) },
        body: after,
        change: { object: keyId, before, after },
      };
    },
  });

/** Operations on access keys. */
export const accessKeyOperations = (options: AccessKeysOptions): readonly Operation[] =>
  [create, list, get, rotate, revoke].map((made) => made(options));
