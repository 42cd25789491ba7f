import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { clientSettings } from "#platforms/aws/client-settings.ts";

/** A token that is refused may be newer than what is known; the secret is read again at most so often, ms. */
const readEveryMs = 60_000;

/** The administrator's access token in Secrets Manager. */
export interface AdminToken {
  /** Reads the secret for the first time. Rejects if it cannot be read. */
  readonly open: () => Promise<void>;
  /** Somebody was refused: reads the secret again, if that was not done a moment ago; answers whether it has changed. */
  readonly renew: () => Promise<boolean>;
}

/** The administrator's token, which may be another one tomorrow. */
export const adminToken = (options: {
  readonly secretArn: string;
  readonly nowMs: () => number;
  /** Makes a token the administrator's. */
  readonly keep: (token: string) => Promise<void>;
}): AdminToken => {
  const client = new SecretsManagerClient(clientSettings);
  let token: string | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;

  const read = async (): Promise<boolean> => {
    readAtMs = options.nowMs();
    const command = new GetSecretValueCommand({ SecretId: options.secretArn });
    const found = (await client.send(command)).SecretString?.trim();
    if (found === undefined || found === "")
      throw new Error(`the secret ${options.secretArn} is empty: put an access token into it`);
    if (found === token) return false;
    await options.keep(found);
    token = found;
    return true;
  };

  return {
    open: async () => {
      if (token === undefined) await read();
    },
    renew: async () => (options.nowMs() - readAtMs < readEveryMs ? false : await read()),
  };
};
