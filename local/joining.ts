import type { Access } from "#access/access.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { knownToken } from "./access-token.ts";

const unauthorized = (dataDirectory: string): OrchestratorError =>
  new OrchestratorError(
    "unauthorized",
    `the access token may not add a server to the environment in ${dataDirectory}`,
    {
      action:
        "give a token with the role Server or Administrator in HOLDFAST_TOKEN or with --token-file",
    },
  );

/**
 * The token by which a server joins the environment of a data directory: its own, or the administrator's
 * if that can be read. Makes nothing. Throws `data-directory-invalid` where there is no environment.
 */
export const joiningToken = (dataDirectory: string, token: string | undefined): string => {
  const known = knownToken(dataDirectory);
  if (known !== undefined) return token ?? known;
  throw new OrchestratorError(
    "data-directory-invalid",
    `there is no environment in ${dataDirectory}: it has no access token`,
    {
      action: "name the data directory of one that is there, or make one: start it without --join",
    },
  );
};

/** Checks that whoever has a token may add a server. Throws `unauthorized`. */
export const mustBeAllowedToJoin = async (
  { authenticate }: Pick<Access, "authenticate">,
  { dataDirectory, token }: { readonly dataDirectory: string; readonly token: string },
): Promise<void> => {
  const found = await authenticate({
    method: "POST",
    target: "/",
    headers: new Headers({ authorization: `Bearer ${token}` }),
    bytes: async () => new Uint8Array(),
  });
  if ("refused" in found || !found.permissions.holdsAll("server:join"))
    throw unauthorized(dataDirectory);
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
