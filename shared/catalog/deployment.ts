/**
 * Deploying: a version is a document of its own, put once and never changed; a small second document
 * names the newest version of each process.
 *
 * I40 Version n+1 is put only where version n is and n+1 is not: there are no gaps and no two
 *     versions with one number, however many servers deploy at once.
 * I41 A deployment is acknowledged only when the newest number is at least its own. A server that
 *     dies between the two puts leaves a version that nobody was told of; the next deployment finds
 *     it by looking past the newest number, and goes on from there.
 */
import { createHash } from "node:crypto";
import { OrchestratorError } from "#core/errors.ts";
import { isJsonObject, type Json, printJson } from "#core/json.ts";
import { deployRoundsMax } from "./limits.ts";
import type { ProcessDocument } from "./process-document.ts";
import type { ProcessVersions, StoredVersion } from "./process-versions.ts";
import { type AllowDeployment, ownerOf, type ProcessVersion } from "./processes.ts";

/** Keys in order, so that contents are the same however they are written. */
const canonical = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, canonical(value[key] ?? null)]));
};

const digestOf = ({ content }: ProcessDocument): string =>
  createHash("sha256")
    .update(printJson(canonical(content)))
    .digest("hex");

/** What a document gives to the version that is made of it. */
export const draftOf = (
  document: ProcessDocument,
): Pick<
  StoredVersion,
  | "name"
  | "type"
  | "description"
  | "category"
  | "inputSchema"
  | "settings"
  | "definition"
  | "digest"
> => {
  const { content: _, ...checked } = document;
  return { ...checked, digest: digestOf(document) };
};

interface Deployment {
  readonly draft: Omit<StoredVersion, "version" | "owner">;
  readonly allow?: AllowDeployment | undefined;
}

/** One round; `undefined` if another deployment took the number. */
const tryDeploy = async (
  versions: ProcessVersions,
  { draft, allow }: Deployment,
): Promise<{ readonly process: ProcessVersion; readonly isNew: boolean } | undefined> => {
  const { version: last, isRemoved } = await versions.last(draft.name);
  // What comes after a process that was removed is another one, even if it is the same.
  const newest = isRemoved ? undefined : last;
  allow?.(newest, draft);
  const isSame = newest !== undefined && newest.digest === draft.digest;
  const owner = newest === undefined ? draft.deployedBy : ownerOf(newest);
  const stored = isSame ? newest : { ...draft, owner, version: (last?.version ?? 0) + 1 };
  if (!(isSame || (await versions.put(stored)))) return undefined;
  await versions.raiseNewest(stored.name, stored.version);
  const process = await versions.get(stored.name, stored.version);
  return process === undefined ? undefined : { process, isNew: !isSame };
};

/**
 * Makes a version of a draft, or answers the newest one if its content is the same. Rejects with
 * `version-conflict` if others are faster again and again.
 */
export const deployVersion = async (
  versions: ProcessVersions,
  deployment: Deployment,
): Promise<{ readonly process: ProcessVersion; readonly isNew: boolean }> => {
  for (let round = 1; round <= deployRoundsMax; round += 1) {
    const deployed = await tryDeploy(versions, deployment);
    if (deployed !== undefined) return deployed;
  }
  throw new OrchestratorError(
    "version-conflict",
    `process ${deployment.draft.name} was deployed by others ${deployRoundsMax} times meanwhile`,
    { action: "deploy it again" },
  );
};
