import { OrchestratorError } from "#core/errors.ts";
import type { DocumentStore } from "#ports/document-store.ts";

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
