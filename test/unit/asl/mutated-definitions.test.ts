import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseDefinition } from "#core/asl/parse.ts";
import { validateDefinition } from "#core/asl/validate.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import { fc } from "../../fast-check.ts";

const definitions: readonly Json[] = JSON.parse(
  readFileSync(new URL("../../conformance/recorded/validation.json", import.meta.url), "utf8"),
).map(({ definition }: { definition: Json }) => definition);

type Place = readonly (string | number)[];

const placesOf = (value: Json, place: Place = []): readonly Place[] => [
  place,
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...place, key]))
    : []),
];

const replaceAt = (value: Json, [key, ...rest]: Place, by: Json): Json => {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((inner, index) =>
      index === Number(key) ? replaceAt(inner, rest, by) : inner,
    );
  return isJsonObject(value) ? { ...value, [key]: replaceAt(value[key] ?? null, rest, by) } : value;
};

const replacement = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json),
  fc.constantFrom<Json>(
    null,
    -1,
    1.5,
    "",
    "$",
    "$.a[",
    "{% ( %}",
    "{%%}",
    "States.Format(",
    [],
    {},
    [[]],
    [{}],
  ),
  fc.constantFrom<Json>(
    { Type: "Map" },
    { Type: "Parallel", Branches: [{ States: [] }] },
    { And: [{}] },
  ),
);

const mutated = fc
  .tuple(
    fc.constantFrom(...definitions),
    fc.array(fc.tuple(fc.nat(), replacement), { minLength: 1, maxLength: 4 }),
  )
  .map(([definition, changes]) =>
    changes.reduce<Json>((value, [draw, by]) => {
      const places = placesOf(value);
      return replaceAt(value, places[draw % places.length] ?? [], by);
    }, definition),
  );

test("a mutated definition gives findings with paths into it, never an exception", () => {
  fc.assert(
    fc.property(mutated, (definition) => {
      const places = new Set(
        placesOf(definition).map((place) => JSON.stringify(place.map(String))),
      );
      const findings = validateDefinition(definition);
      for (const { path, message } of findings) {
        expect(message).not.toBe("");
        const parents = [path.map(String), path.slice(0, -1).map(String)];
        expect(parents.some((place) => places.has(JSON.stringify(place)))).toBe(true);
      }
      const hasError = findings.some(({ severity }) => severity === "ERROR");
      expect(parseDefinition(definition).kind).toBe(hasError ? "invalid" : "valid");
    }),
    { numRuns: 3000 },
  );
});

test("any JSON at all gives an answer", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(Array.isArray(validateDefinition(value as Json))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
