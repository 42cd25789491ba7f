import { OrchestratorError } from "#core/errors.ts";
import { bearerTokens } from "#northbound/bearer-tokens.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { knownToken } from "./access-token.ts";

const unauthorized = (dataDirectory: string): OrchestratorError =>
  new OrchestratorError(
    "unauthorized",
    `the access token may not add a server to the environment in ${dataDirectory}`,
    { action: "give a token of that environment in HOLDFAST_TOKEN or with --token-file" },
  );

/**
 * Checks that whoever starts a server may add it to the environment of a data directory; without a
 * token of his own it is the administrator's, if he may read that. Makes nothing. Throws
 * `unauthorized`, `data-directory-invalid`.
 */
export const mustBeAllowedToJoin = async (
  dataDirectory: string,
  token: string | undefined,
): Promise<void> => {
  const known = knownToken(dataDirectory);
  if (known === undefined) {
    throw new OrchestratorError(
      "data-directory-invalid",
      `there is no environment in ${dataDirectory}: it has no access token`,
      {
        action:
          "name the data directory of one that is there, or make one: start it without --join",
      },
    );
  }
  const authenticate = bearerTokens([{ principal: "key:admin", token: known }]);
  const headers = new Headers({ authorization: `Bearer ${token ?? known}` });
  const bytes = async () => new Uint8Array();
  const found = await authenticate({ method: "POST", url: "/", headers, bytes });
  const isAllowed = !("refused" in found) && found.permissions.holdsAll("server:join");
  if (!isAllowed) throw unauthorized(dataDirectory);
};

/** The name of the environment that a data directory belongs to. Rejects if it is another one, or none. */
export const environmentToJoin = async (
  documents: DocumentStore,
  wanted: string | undefined,
): Promise<string> => {
  const found = await documents.get("settings", "environment");
  if (typeof found?.value !== "string") {
    throw new OrchestratorError(
      "data-directory-invalid",
      "this data directory has no environment",
      {
        action: "make one: start it without --join",
      },
    );
  }
  if (wanted === undefined || wanted === found.value) return found.value;
  throw new OrchestratorError(
    "data-directory-invalid",
    `this data directory belongs to the environment ${found.value}, not to ${wanted}`,
    { action: `join it without --environment, or with --environment ${found.value}` },
  );
};
