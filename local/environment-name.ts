import { OrchestratorError } from "#core/errors.ts";
import type { DocumentStore } from "#ports/document-store.ts";

const namePattern = /^[A-Za-z0-9_-]{1,80}$/;

/** Refuses what cannot be the name of an environment, before anything is made for it. */
export const checkEnvironmentName = (environment: string): void => {
  if (namePattern.test(environment)) return;
  throw new OrchestratorError(
    "request-invalid",
    `"${environment}" cannot be the name of an environment`,
    { action: "use 1 to 80 of the characters A-Z a-z 0-9 - _ in --environment" },
  );
};

/** Notes at the first start which environment a data directory belongs to, and refuses another name later. */
export const claimEnvironmentName = async (
  documents: DocumentStore,
  environment: string,
): Promise<void> => {
  const outcome = await documents.put(
    { collection: "settings", key: "environment", value: environment },
    { expected: 0 },
  );
  const name = outcome.kind === "stored" ? environment : outcome.found?.value;
  if (name === environment) return;
  throw new OrchestratorError(
    "data-directory-invalid",
    `this data directory belongs to the environment ${name}, not to ${environment}`,
    { action: `start it with --environment ${name}, or name another directory with --data` },
  );
};
