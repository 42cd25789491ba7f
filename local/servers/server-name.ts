import { OrchestratorError } from "#core/errors.ts";

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/** Refuses what cannot be the name of a server, before anything is made for it. */
export const checkServerName = (name: string): void => {
  if (namePattern.test(name)) return;
  throw new OrchestratorError("request-invalid", `"${name}" cannot be the name of a server`, {
    action: "use 1 to 40 of the characters A-Z a-z 0-9 - _ in --name, a letter or digit first",
  });
};
