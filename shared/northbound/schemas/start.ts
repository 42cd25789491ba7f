import { waitSecondsMax } from "../limits.ts";
import { z } from "../z.ts";
import { aliasName } from "./alias.ts";
import { json, versionInQuery } from "./shared.ts";

/** Tags of one execution. */
const tagCountMax = 50;

const tags = z
  .record(z.string().regex(/^[^=\p{Cc}]{1,128}$/u), z.string().max(256))
  .refine((given) => Object.keys(given).length <= tagCountMax, {
    message: `At most ${tagCountMax} tags.`,
  })
  .openapi({
    description: `Labels to find it by, at most ${tagCountMax}: names of 1 to 128 characters without "=", values of at most 256. A repeated start leaves those of the first.`,
    example: { team: "storage", ticket: "OPS-4711" },
  });

const isOneVersion = (given: { version?: unknown; alias?: unknown }): boolean =>
  given.version === undefined || given.alias === undefined;

const oneVersion = { message: "version and alias exclude each other", path: ["alias"] };

/** Body of a start. */
export const startBody = z
  .strictObject({
    process: z.string().min(1).max(256).openapi({ example: "nightly-backup" }),
    version: z.int().min(1).optional().openapi({ description: "The newest where it is absent." }),
    alias: aliasName.optional().openapi({
      description:
        "Instead of a version: the one that this alias leads to, or one of the two by their weights. A repeated start stays with the version of the first.",
    }),
    name: z.string().max(256).optional().openapi({
      description:
        "1 to 80 of A-Z a-z 0-9 - _; unique within the process. The same name and input again is the same execution. One is made up where it is absent.",
    }),
    input: json.optional().openapi({ description: "{} where it is absent." }),
    startPoint: z.string().min(1).max(80).optional().openapi({
      description:
        "Begin at the state that has this name as its StartPoint, with this input; the inputSchema of the process is for starts at the top and is not asked.",
    }),
    tags: tags.optional(),
    waitSeconds: z.number().min(0).max(waitSecondsMax).optional().openapi({
      description: "Wait so long for the end before answering.",
    }),
  })
  .refine(isOneVersion, oneVersion)
  .openapi("ExecutionStart");

/** Query of a start whose body is the input. */
export const startQuery = z
  .strictObject({
    version: versionInQuery,
    alias: startBody.shape.alias,
    name: startBody.shape.name,
    startPoint: startBody.shape.startPoint,
    waitSeconds: z.coerce.number().min(0).max(waitSecondsMax).optional().openapi({
      description: "Wait so long for the end before answering.",
    }),
  })
  .refine(isOneVersion, oneVersion);

/** Body of a start that is nothing but its input. */
export const startInput = z.looseObject({}).openapi("ProcessInput", {
  description: "The input, as the inputSchema of the process says.",
});
