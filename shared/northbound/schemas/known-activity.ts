import type { KnownActivity } from "#catalog/activity-catalog.ts";
import type { TagSet } from "#catalog/tags.ts";
import { z } from "../z.ts";
import { instant, instantOf, next, page } from "./shared.ts";
import { tagsField } from "./tags.ts";

const announced = { name: z.string().openapi({ example: "print-label" }), createdAt: instant };

/** An activity that somebody announced. */
export const knownActivity = z
  .strictObject({ ...announced, tags: tagsField })
  .openapi("KnownActivity");

/** Query of the list. */
export const knownActivitiesQuery = z.strictObject(page);

/** A page of announced activities. */
export const knownActivityPage = z
  .strictObject({ activities: z.array(z.strictObject(announced)), next })
  .openapi("KnownActivityPage");

const activityName = /^(?=.*[^.])[A-Za-z0-9._-]{1,80}$/;

/** Path of an activity that is announced: the name ends its ARN. */
export const newActivityPath = z.strictObject({
  activity: z
    .string()
    .regex(activityName, "Use 1 to 80 of A-Z a-z 0-9 . _ - and not dots alone.")
    .openapi({ example: "print-label" }),
});

/** What an announced activity is to be. */
export const knownActivityBody = z
  .strictObject({ tags: tagsField.optional() })
  .openapi("KnownActivityContent");

/** An activity as a list shows it. */
export const knownActivitySummaryView = ({ name, createdAtMs }: KnownActivity) => ({
  name,
  createdAt: instantOf(createdAtMs),
});

/** An activity as the API shows it. */
export const knownActivityView = (
  shown: KnownActivity,
  tags: TagSet,
): z.infer<typeof knownActivity> => ({ ...knownActivitySummaryView(shown), tags: { ...tags } });
