/**
 * A server that speaks the two calls of KMS by which keys are made and unwrapped, for no server of npm does. It is
 * no stub: keys are really encrypted under the key of the server, together with their encryption context, and only
 * that server opens them. Names of errors are those of the service. Permissions and signatures it does not check:
 * the tests against a deployed environment do the first.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface Call {
  readonly operation: string;
  readonly KeyId: string;
  readonly EncryptionContext: Readonly<Record<string, string>>;
}

interface Input extends Call {
  readonly CiphertextBlob?: string;
}

/** An error by its name in the protocol. */
class KmsFault extends Error {}

const contextOf = ({ EncryptionContext }: Input): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(EncryptionContext ?? {}).sort()));

/** Starts a KMS with one key. */
export const startKms = async () => {
  const keyArn = `arn:aws:kms:us-east-1:000000000000:key/mrk-${randomBytes(16).toString("hex")}`;
  const master = randomBytes(32);
  const calls: Call[] = [];
  const state: { fault?: string } = {};

  const generate = (input: Input) => {
    const key = randomBytes(32);
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", master, nonce).setAAD(contextOf(input));
    const text = Buffer.concat([cipher.update(key), cipher.final()]);
    const blob = Buffer.concat([nonce, cipher.getAuthTag(), text]);
    return {
      KeyId: keyArn,
      Plaintext: key.toString("base64"),
      CiphertextBlob: blob.toString("base64"),
    };
  };
  const decrypt = (input: Input) => {
    const blob = Buffer.from(input.CiphertextBlob ?? "", "base64");
    try {
      const opening = createDecipheriv("aes-256-gcm", master, blob.subarray(0, 12));
      opening.setAAD(contextOf(input)).setAuthTag(blob.subarray(12, 28));
      const key = Buffer.concat([opening.update(blob.subarray(28)), opening.final()]);
      return { KeyId: keyArn, Plaintext: key.toString("base64") };
    } catch (error) {
      throw new KmsFault("InvalidCiphertextException", { cause: error });
    }
  };
  const operations: Readonly<Record<string, (input: Input) => object>> = {
    "TrentService.GenerateDataKey": generate,
    "TrentService.Decrypt": decrypt,
  };

  const answer = (target: string, input: Input): object => {
    const { KeyId, EncryptionContext } = input;
    calls.push({ operation: target.split(".")[1] ?? "", KeyId, EncryptionContext });
    if (state.fault !== undefined) throw new KmsFault(state.fault);
    if (KeyId !== keyArn) throw new KmsFault("NotFoundException");
    const operation = operations[target];
    if (operation === undefined) throw new KmsFault("UnknownOperationException");
    return operation(input);
  };

  const server = createServer(async (request, response) => {
    const input = (await json(request)) as Input;
    let status = 200;
    let body: object;
    try {
      body = answer(String(request.headers["x-amz-target"]), input);
    } catch (error) {
      if (!(error instanceof KmsFault)) throw error;
      status = 400;
      body = { __type: error.message, message: `${keyArn}: ${error.message}` };
    }
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    keyArn,
    /** What it was asked, in the order in which it was. */
    calls,
    /** `fault`: the name of the error that every call is answered with. */
    state,
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

export type Kms = Awaited<ReturnType<typeof startKms>>;
