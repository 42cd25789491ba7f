import { OrchestratorError } from "#core/errors.ts";
import { defaultIdentity } from "#core/execution/arns.ts";
import type { Identity } from "#core/execution/program.ts";
import type { DocumentStore } from "#ports/document-store.ts";

const patterns: Readonly<
  Record<keyof Identity, { readonly pattern: RegExp; readonly rule: string }>
> = {
  region: { pattern: /^[a-z][a-z0-9-]{0,31}$/, rule: "use 1 to 32 of a-z 0-9 - in --region" },
  account: { pattern: /^\d{12}$/, rule: "use 12 digits in --account" },
};

/** Refuses what cannot be a region or an account, before anything is made for it. */
export const checkIdentity = (given: Partial<Identity>): void => {
  for (const name of ["region", "account"] as const) {
    const value = given[name];
    if (value === undefined || patterns[name].pattern.test(value)) continue;
    throw new OrchestratorError("request-invalid", `"${value}" cannot be the ${name} of ARNs`, {
      action: patterns[name].rule,
    });
  }
};

/**
 * What the ARNs of an environment are made of: noted at the first start, and never another one later, for
 * executions have seen them and callers have kept them.
 */
export const claimIdentity = async (
  documents: DocumentStore,
  given: Partial<Identity>,
): Promise<Identity> => {
  const wanted = { ...defaultIdentity, ...given };
  const put = await documents.put(
    { collection: "settings", key: "identity", value: wanted },
    { expected: 0 },
  );
  const claimed = put.kind === "stored" ? wanted : (put.found?.value as unknown as Identity);
  for (const name of ["region", "account"] as const) {
    if (given[name] === undefined || given[name] === claimed[name]) continue;
    throw new OrchestratorError(
      "data-directory-invalid",
      `the ARNs of this environment have the ${name} ${claimed[name]}, not ${given[name]}`,
      { action: `leave --${name} out, or name another directory with --data` },
    );
  }
  return claimed;
};
