import { KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrchestratorError } from "#core/errors.ts";
import { openAwsPlatform } from "#platforms/aws/aws-platform.ts";
import { kmsWrapping } from "#platforms/aws/kms-wrapping.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { wrappedEnvironmentKey } from "#vault/wrapped-key.ts";
import { startAwsServers, testSettings } from "./aws-servers.ts";
import { type Kms, startKms } from "./kms-server.ts";
import { sealingContract } from "./sealing.contract.ts";

const servers = await startAwsServers();
const kms = await startKms();
const otherKms = await startKms();
afterAll(() => Promise.all([kms.stop(), otherKms.stop(), servers.stop()]));

/** The catalog of an environment that nobody has sealed anything in. */
const newCatalog = async (): Promise<DocumentStore> =>
  openAwsPlatform({
    ...(await servers.environment()),
    shards: 2,
    work: "inbox",
    clock: systemClock,
    entropy: systemEntropy,
  }).platform.documents;

/** What an instance of a function has. */
const instance = (
  documents: DocumentStore,
  { by = kms, environment = "Test" }: { readonly by?: Kms; readonly environment?: string } = {},
) =>
  aesSealing(
    wrappedEnvironmentKey({
      documents,
      wrapping: async () => {
        const client = new KMSClient({ ...testSettings, endpoint: by.url });
        return kmsWrapping({ client, keyArn: by.keyArn, environment });
      },
    }),
  );

/** The operations that KMS was asked for meanwhile. */
const askedOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
  const before = kms.calls.length;
  await work();
  return kms.calls.slice(before).map(({ operation }) => operation);
};

const refusal = async (work: Promise<unknown>): Promise<OrchestratorError> => {
  const thrown = await work.then(
    () => "nothing was refused",
    (error: unknown) => error,
  );
  if (thrown instanceof OrchestratorError) return thrown;
  throw new Error("not refused as it should be", { cause: thrown });
};

let catalog: DocumentStore;
let otherCatalog: DocumentStore;
beforeAll(async () => {
  [catalog, otherCatalog] = await Promise.all([newCatalog(), newCatalog()]);
});

sealingContract("kms", () => ({ sealing: instance(catalog), another: instance(otherCatalog) }));

describe("a key that KMS wraps", () => {
  test("is made once, unwrapped once by each instance, and lies nowhere in the clear", async () => {
    const documents = await newCatalog();
    const first = instance(documents);
    let sealed = "";
    expect(
      await askedOf(async () => {
        sealed = await first.seal("secret", "a");
        await Promise.all([first.seal("more", "b"), first.unseal(sealed, "a")]);
      }),
    ).toEqual(["GenerateDataKey"]);
    const second = instance(documents);
    expect(
      await askedOf(async () => {
        const opened = [1, 2, 3].map(() => second.unseal(sealed, "a"));
        expect(await Promise.all(opened)).toEqual(["secret", "secret", "secret"]);
        await second.seal("more", "c");
      }),
    ).toEqual(["Decrypt"]);
    const named = { KeyId: kms.keyArn, EncryptionContext: { "holdfast-environment": "Test" } };
    for (const call of kms.calls) expect(call).toMatchObject(named);
    const { documents: stored } = await documents.list("environmentKey", { limit: 10 });
    expect(stored).toHaveLength(1);
  });

  test("is one key, however many instances make it at once", async () => {
    const documents = await newCatalog();
    const instances = Array.from({ length: 8 }, () => instance(documents));
    const asked = await askedOf(async () => {
      const sealed = await Promise.all(instances.map((each) => each.seal("secret", "a")));
      for (const each of [...instances, instance(documents)])
        for (const text of sealed) expect(await each.unseal(text, "a")).toBe("secret");
    });
    expect(asked.filter((operation) => operation === "GenerateDataKey").length).toBeGreaterThan(1);
    const { documents: stored } = await documents.list("environmentKey", { limit: 10 });
    expect(stored.map(({ version }) => version)).toEqual([1]);
  });

  test("is of its environment: another name, or another key of KMS, opens nothing", async () => {
    const documents = await newCatalog();
    const sealed = await instance(documents).seal("secret", "a");
    for (const other of [{ environment: "Other" }, { by: otherKms }]) {
      const error = await refusal(instance(documents, other).unseal(sealed, "a"));
      expect(error.code).toBe("environment-key-unavailable");
      expect(error.action).toContain("environmentKey");
    }
    // Nobody has put another key into its place.
    expect(await instance(documents).unseal(sealed, "a")).toBe("secret");
  });
});

describe("a key of KMS that cannot be used", () => {
  const faults: readonly (readonly [fault: string, toDo: string])[] = [
    ["DisabledException", "aws kms enable-key --key-id KEY"],
    ["KMSInvalidStateException", "aws kms cancel-key-deletion --key-id KEY"],
    ["AccessDeniedException", "kms:GenerateDataKey and kms:Decrypt"],
    ["NotFoundException", "the key that it had"],
    ["KMSInternalException", "in a moment"],
  ];

  test.each(faults)(
    "%s: the error names the key and what to do, and passes",
    async (fault, toDo) => {
      const documents = await newCatalog();
      const [maker, opener] = [instance(documents), instance(documents)];
      const expectRefused = async (work: Promise<unknown>): Promise<void> => {
        const error = await refusal(work);
        expect([error.code, error.scope]).toEqual(["environment-key-unavailable", "retry-call"]);
        expect(error.message).toContain(`${kms.keyArn}: ${fault}`);
        expect(error.action).toContain(toDo.replace("KEY", kms.keyArn));
      };
      try {
        kms.state.fault = fault;
        await expectRefused(maker.seal("secret", "a"));
        delete kms.state.fault;
        const sealed = await maker.seal("secret", "a");
        kms.state.fault = fault;
        await expectRefused(opener.unseal(sealed, "a"));
        // Whoever has unwrapped it before goes on.
        expect(await maker.unseal(sealed, "a")).toBe("secret");
        delete kms.state.fault;
        expect(await opener.unseal(sealed, "a")).toBe("secret");
      } finally {
        delete kms.state.fault;
      }
    },
  );

  test("a KMS that is not reached is told as such", async () => {
    const documents = await newCatalog();
    const gone = await startKms();
    await gone.stop();
    const error = await refusal(instance(documents, { by: gone }).seal("secret", "a"));
    expect(error.code).toBe("environment-key-unavailable");
    expect(error.message).toContain("ECONNREFUSED");
  });
});
