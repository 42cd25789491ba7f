import { createHash } from "node:crypto";
import type { GetObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { InvariantViolation, OrchestratorError } from "#core/errors.ts";
import { calling } from "./aws-error.ts";
import type { Item } from "./dynamo-table.ts";

/** A DynamoDB item holds 400 KB with its names and keys; what is larger than this is an object in S3, bytes. */
const inlineBytesMax = 300 * 1024;

/** Text and bytes of any size, as attributes of items. */
export interface Bodies {
  /** The attribute that holds it; what is too large for an item is durable in S3 when this resolves. */
  readonly put: (body: string | Uint8Array) => Promise<Item>;
  readonly text: (item: Item) => Promise<string>;
  readonly bytes: (item: Item) => Promise<Uint8Array>;
}

const sizeOf = (body: string | Uint8Array): number =>
  typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;

const contentOf = async ({ Body }: GetObjectCommandOutput): Promise<Uint8Array> => {
  if (Body === undefined) throw new InvariantViolation("an object of S3 has no content");
  return await Body.transformToByteArray();
};

/** Objects are named by their content, so that putting one again changes nothing. */
const objectKey = (hash: string): string => `values/${hash}`;

const lost = (hash: string, cause: unknown) =>
  new OrchestratorError("storage-unavailable", `the object ${objectKey(hash)} is not in S3`, {
    action:
      "Restore it from an older version or a replica of the bucket; what needs it goes on by itself.",
    cause,
  });

/** `s3` is asked for when the first large body comes: most functions never need it. */
export const s3Bodies = (options: {
  readonly s3: () => Promise<S3Client>;
  readonly bucket: string;
}): Bodies => {
  const { s3, bucket } = options;

  const putObject = async (hash: string, body: Uint8Array): Promise<void> => {
    const [client, { PutObjectCommand }] = await Promise.all([s3(), import("@aws-sdk/client-s3")]);
    await calling(`PutObject to bucket ${bucket}`, () =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key: objectKey(hash), Body: body })),
    );
  };
  const getObject = async (hash: string): Promise<Uint8Array> => {
    const [client, { GetObjectCommand, NoSuchKey }] = await Promise.all([
      s3(),
      import("@aws-sdk/client-s3"),
    ]);
    return await calling(`GetObject from bucket ${bucket}`, async () => {
      try {
        const Key = objectKey(hash);
        return await contentOf(await client.send(new GetObjectCommand({ Bucket: bucket, Key })));
      } catch (error) {
        throw error instanceof NoSuchKey ? lost(hash, error) : error;
      }
    });
  };

  return {
    put: async (body) => {
      if (sizeOf(body) <= inlineBytesMax)
        return { body: typeof body === "string" ? { S: body } : { B: body } };
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      const hash = createHash("sha256").update(bytes).digest("hex");
      await putObject(hash, bytes);
      return { blob: { S: hash } };
    },
    text: async ({ body, blob }) => {
      if (body?.S !== undefined) return body.S;
      return Buffer.from(await getObject(blob?.S ?? "")).toString();
    },
    bytes: async ({ body, blob }) => body?.B ?? (await getObject(blob?.S ?? "")),
  };
};
