import { type TagSet, tagLimits } from "#catalog/tags.ts";
import { z } from "../z.ts";
import { processName } from "./process.ts";

const { countMax, keySizeMax, valueSizeMax } = tagLimits;

/** Tags of a process or an activity, by their names. */
export const tagsField = z
  .record(z.string().min(1).max(keySizeMax), z.string().max(valueSizeMax))
  .refine((given) => Object.keys(given).length <= countMax, {
    message: `At most ${countMax} tags.`,
  })
  .openapi({
    description: `At most ${countMax}: names of 1 to ${keySizeMax} characters, values of at most ${valueSizeMax}.`,
    example: { team: "storage" },
  });

/** The tags of a process. */
export const processTags = z
  .strictObject({ process: processName, tags: tagsField })
  .openapi("ProcessTags");

/** What its tags are to be. */
export const tagsBody = z.strictObject({ tags: tagsField }).openapi("Tags");

/** The tags of a process as the API shows them. */
export const processTagsView = (process: string, tags: TagSet): z.infer<typeof processTags> => ({
  process,
  tags: { ...tags },
});
