import type { AccessKey, IssuedKey } from "#access/access-keys.ts";
import type { Assignment } from "#access/assignments.ts";
import type { Issuer } from "#access/issuers.ts";
import type { Scope } from "#access/permissions.ts";
import { roles } from "#access/roles.ts";
import { z } from "../z.ts";
import { instant, instantIfAny, instantOf } from "./shared.ts";

const name = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, "Use 1 to 64 of A-Z a-z 0-9 - _ .")
  .openapi({ example: "ci" });
const names = z.array(z.string().min(1).max(256)).min(1).max(100);
const keyId = z.string().max(64).openapi({ example: "HFABCDEFGHIJKLMNOPQR" });
const principal = z.string().openapi({ example: "key:admin" });
const rate = z.int().min(1).max(100_000);

const role = z.enum(roles).openapi("Role");

const scope = z
  .strictObject({
    kind: z.enum(["all", "own", "category", "named"]),
    names: names.optional().openapi({
      description:
        "Categories, or names of processes; a `*` at the end of a name stands for any rest.",
    }),
  })
  .refine(
    ({ kind, names }) => (kind === "category" || kind === "named") === (names !== undefined),
    {
      message: "names go with category and named, and with nothing else",
    },
  )
  .openapi("Scope", {
    description: "Which objects a role is for. All but `all` are about processes.",
  });

/** A scope as it was sent; its schema has checked what goes together. */
export const scopeOf = ({ kind, names = [] }: z.infer<typeof scope>): Scope =>
  kind === "category" || kind === "named" ? { kind, names } : { kind };

const grant = z.strictObject({ role, scope }).openapi("Grant");

/** Who calls. */
export const whoami = z
  .strictObject({
    principal,
    keyId: keyId.optional(),
    groups: z.array(z.string()),
    grants: z.array(grant),
    environment: z.string(),
  })
  .openapi("WhoAmI");

const keyFields = {
  keyId,
  name,
  principal,
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant.optional(),
  revokedAt: instant.optional(),
  revokedBy: z.string().optional(),
  lastUsedAt: instant.optional().openapi({ description: "At most a minute behind." }),
  isForAws: z.boolean().openapi({ description: "Whether AWS clients can sign with it." }),
  callsPerSecondMax: rate.optional(),
};

/** An access key. */
export const accessKey = z.strictObject(keyFields).openapi("AccessKey");

/** All access keys. */
export const accessKeyList = z
  .strictObject({ accessKeys: z.array(accessKey) })
  .openapi("AccessKeyList");

/** A key and its secret. */
export const issuedKey = z
  .strictObject({
    ...keyFields,
    token: z.string().openapi({ description: "For `Authorization: Bearer`. Shown this once." }),
    secret: z
      .string()
      .optional()
      .openapi({ description: "The secret access key of AWS clients. Shown this once." }),
  })
  .openapi("IssuedAccessKey");

/** Path of one key. */
export const keyPath = z.strictObject({ keyId });

/** Body of a new key. */
export const keyBody = z
  .strictObject({
    name,
    expiresAt: z.iso.datetime({ offset: true }).optional(),
    isForAws: z.boolean().optional(),
    callsPerSecondMax: rate.optional(),
    grants: z.array(grant).max(20).optional().openapi({
      description: "Roles that are assigned to the key's principal.",
    }),
  })
  .openapi("AccessKeyCreation");

/** Body of a rotation. */
export const rotateBody = z
  .strictObject({
    graceSeconds: z
      .number()
      .min(0)
      .max(90 * 86_400)
      .optional()
      .openapi({ description: "How long the old key is still taken; not at all where absent." }),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .openapi("AccessKeyRotation");

/** Body of a revocation. */
export const revokeBody = z.strictObject({}).openapi("AccessKeyRevocation");

/** Who has which role. */
export const assignment = z
  .strictObject({
    assignmentId: z.string(),
    subject: z.string(),
    role,
    scope,
    createdAt: instant,
    createdBy: z.string(),
  })
  .openapi("Assignment");

/** All assignments. */
export const assignmentList = z
  .strictObject({ assignments: z.array(assignment) })
  .openapi("AssignmentList");

/** Path of one assignment. */
export const assignmentPath = z.strictObject({ assignmentId: z.string().max(64) });

/** Body of a new assignment. */
export const assignmentBody = z
  .strictObject({
    subject: z
      .string()
      .max(512)
      .regex(
        /^(key:[A-Za-z0-9._-]{1,64}|(user|group):[A-Za-z0-9._-]{1,64}\/.{1,256})$/,
        "Write key:NAME, user:ISSUER/SUBJECT or group:ISSUER/GROUP",
      )
      .openapi({ example: "group:corp/operators" }),
    role,
    scope: scope.optional(),
  })
  .openapi("AssignmentCreation");

const issuerFields = {
  name,
  url: z.string().max(2048).openapi({ example: "https://login.example.net/realms/corp" }),
  audiences: z.array(z.string().min(1).max(512)).min(1).max(20),
  groupsClaim: z.string().min(1).max(256).openapi({ example: "groups" }),
  subjectClaim: z.string().min(1).max(256).openapi({ example: "sub" }),
  clockToleranceSeconds: z.int().min(0).max(300),
};

/** Who says who people are. */
export const issuer = z
  .strictObject({ ...issuerFields, keysUrl: z.string(), createdAt: instant, createdBy: z.string() })
  .openapi("Issuer");

/** All issuers. */
export const issuerList = z.strictObject({ issuers: z.array(issuer) }).openapi("IssuerList");

/** Path of one issuer. */
export const issuerPath = z.strictObject({ name });

/** Body of a new issuer. */
export const issuerBody = z
  .strictObject({
    ...issuerFields,
    groupsClaim: issuerFields.groupsClaim.optional(),
    subjectClaim: issuerFields.subjectClaim.optional(),
    clockToleranceSeconds: issuerFields.clockToleranceSeconds.optional(),
    keysUrl: z.string().max(2048).optional().openapi({
      description: "Where its keys are (JWKS); what its discovery document says where absent.",
    }),
  })
  .openapi("IssuerCreation");

/** A key as the API shows it. */
export const accessKeyView = (key: AccessKey): z.infer<typeof accessKey> => ({
  keyId: key.keyId,
  name: key.name,
  principal: `key:${key.name}`,
  createdAt: instantOf(key.createdAtMs),
  createdBy: key.createdBy,
  expiresAt: instantIfAny(key.expiresAtMs),
  revokedAt: instantIfAny(key.revokedAtMs),
  revokedBy: key.revokedBy,
  lastUsedAt: instantIfAny(key.lastUsedAtMs),
  isForAws: key.isForAws,
  callsPerSecondMax: key.callsPerSecondMax,
});

/** A new key as the API shows it, once. */
export const issuedKeyView = ({ key, token, secret }: IssuedKey): z.infer<typeof issuedKey> => ({
  ...accessKeyView(key),
  token,
  ...(key.isForAws && { secret }),
});

const scopeView = (shown: Scope): z.infer<typeof scope> =>
  "names" in shown ? { kind: shown.kind, names: [...shown.names] } : { kind: shown.kind };

/** A role and its scope as the API shows it. */
export const grantView = ({
  role,
  scope,
}: Pick<Assignment, "role" | "scope">): z.infer<typeof grant> => ({
  role,
  scope: scopeView(scope),
});

/** An assignment as the API shows it. */
export const assignmentView = (shown: Assignment): z.infer<typeof assignment> => ({
  assignmentId: shown.assignmentId,
  subject: shown.subject,
  ...grantView(shown),
  createdAt: instantOf(shown.createdAtMs),
  createdBy: shown.createdBy,
});

/** An issuer as the API shows it. */
export const issuerView = (shown: Issuer): z.infer<typeof issuer> => {
  const { createdAtMs, audiences, ...rest } = shown;
  return { ...rest, audiences: [...audiences], createdAt: instantOf(createdAtMs) };
};
