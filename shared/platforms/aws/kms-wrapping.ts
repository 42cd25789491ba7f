import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms";
import { OrchestratorError } from "#core/errors.ts";
import type { KeyWrapping } from "#ports/key-wrapping.ts";

const allow =
  "Allow the role of this function kms:GenerateDataKey and kms:Decrypt on it, in the role and in the policy of the key: deploying the environment again puts both back.";
const lost =
  "Put the key back that wrapped it. Where that is lost, delete the item environmentKey, /wrapped of the catalog table, and make the access keys of AWS clients anew.";

/** What to do about an error of KMS that does not pass by itself, by its name. */
const actions: Readonly<Record<string, (keyArn: string) => string>> = {
  AccessDeniedException: () => allow,
  DisabledException: (keyArn) => `Enable it: aws kms enable-key --key-id ${keyArn}`,
  KMSInvalidStateException: (keyArn) =>
    `Look at its state. Where it is to be deleted, keep it: aws kms cancel-key-deletion --key-id ${keyArn}; then enable it: aws kms enable-key --key-id ${keyArn}`,
  NotFoundException: () =>
    `It is deleted, or not of this region: set the environment up with the key that it had. ${lost}`,
  // It was wrapped by another key, or for an environment of another name; or it was tampered with.
  IncorrectKeyException: () => lost,
  InvalidCiphertextException: () => lost,
};

const unavailable = (keyArn: string, cause: unknown): OrchestratorError => {
  const { name, message } = cause instanceof Error ? cause : new TypeError(String(cause));
  return new OrchestratorError(
    "environment-key-unavailable",
    `KMS does not open the environment's key with ${keyArn}: ${name}: ${message}`,
    {
      action: actions[name]?.(keyArn) ?? "Send the same request again in a moment.",
      details: { keyArn, name },
      cause,
    },
  );
};

const bytesOf = (bytes: Uint8Array | undefined): Uint8Array => {
  if (bytes === undefined) throw new TypeError("there is no key in the answer");
  return bytes;
};

/** Wraps with a key of KMS, whose multi-region kind lets its replica in another region unwrap. */
export const kmsWrapping = (options: {
  readonly client: KMSClient;
  readonly keyArn: string;
  /** Name of the environment: authenticated with what is wrapped, and what the role's permission is for. */
  readonly environment: string;
}): KeyWrapping => {
  const { client, keyArn, environment } = options;
  const named = { KeyId: keyArn, EncryptionContext: { "holdfast-environment": environment } };

  const calling = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw unavailable(keyArn, error);
    }
  };

  return {
    makeKey: () =>
      calling(async () => {
        const command = new GenerateDataKeyCommand({ ...named, KeySpec: "AES_256" });
        const { Plaintext, CiphertextBlob } = await client.send(command);
        return { key: bytesOf(Plaintext), wrapped: bytesOf(CiphertextBlob) };
      }),
    unwrap: (wrapped) =>
      calling(async () => {
        const command = new DecryptCommand({ ...named, CiphertextBlob: wrapped });
        return bytesOf((await client.send(command)).Plaintext);
      }),
  };
};
