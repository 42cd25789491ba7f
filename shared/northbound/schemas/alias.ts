import { type Alias, aliasNamePattern, routingProblem } from "#catalog/aliases.ts";
import { z } from "../z.ts";
import { processName } from "./process.ts";
import { instant, instantOf, next } from "./shared.ts";

/** Name of an alias. */
export const aliasName = z
  .string()
  .regex(aliasNamePattern, "Use 1 to 80 of A-Z a-z 0-9 - _ . and not digits alone.")
  .openapi({ example: "live" });

const routes = z
  .array(z.strictObject({ version: z.int().min(1), weight: z.int().min(0).max(100) }))
  .min(1)
  .max(2)
  .superRefine((given, { addIssue }) => {
    const message = routingProblem(given);
    if (message !== undefined) addIssue({ code: "custom", message });
  })
  .openapi({
    description: "One or two versions, and which share of the starts each gets, in percent.",
    example: [
      { version: 2, weight: 90 },
      { version: 3, weight: 10 },
    ],
  });

const description = z.string().max(256).optional();

/** A name for one version of a process, or for two of which each gets its share of the starts. */
export const alias = z
  .strictObject({
    process: processName,
    name: aliasName,
    description,
    routes,
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi("Alias");

/** Path of the aliases of a process. */
export const aliasesPath = z.strictObject({ name: processName });

/** Path of one alias. */
export const aliasPath = z.strictObject({ name: processName, alias: aliasName });

/** What an alias is to be. */
export const aliasBody = z.strictObject({ description, routes }).openapi("AliasContent");

/** A page of aliases. */
export const aliasPage = z.strictObject({ aliases: z.array(alias), next }).openapi("AliasPage");

/** An alias as the API shows it. */
export const aliasView = (shown: Alias): z.infer<typeof alias> => ({
  process: shown.process,
  name: shown.name,
  description: shown.description,
  routes: shown.routes.map(({ version, weight }) => ({ version, weight })),
  createdAt: instantOf(shown.createdAtMs),
  updatedAt: instantOf(shown.updatedAtMs),
});
