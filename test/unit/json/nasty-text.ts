/** JSON text that is hard to keep, drawn at random; compact, so that texts can be compared. */
import { fc } from "../../fast-check.ts";

const digits = (constraints: { minLength?: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), ...constraints });

const whole = fc.oneof(
  fc.constant("0"),
  fc.nat({ max: 999 }).map(String),
  fc
    .tuple(fc.constantFrom(..."123456789"), digits({ maxLength: 30 }))
    .map((parts) => parts.join("")),
);

const fraction = fc.oneof(
  fc.constant(""),
  fc.constantFrom(".0", ".10", ".5", ".000"),
  digits({ minLength: 1, maxLength: 25 }).map((text) => `.${text}`),
);

const exponent = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  fc.constantFrom("e0", "E5", "e+21", "e-7", "e400", "E-400"),
);

/** A number as JSON allows it, canonical or not. */
export const numberText: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom("", "-"), whole, fraction, exponent)
  .map((parts) => parts.join(""));

const keyText = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "1",
    "0",
    "10",
    "01",
    "4294967295",
    "__proto__",
    "constructor",
    "toJSON",
    "",
  ),
  fc.constantFrom("text", "valueOf", "e1", "-0", "1.0"),
  fc.string({ unit: "binary", maxLength: 4 }),
);

/** Lone surrogates included: `JSON.stringify` writes them as escapes. */
const stringText = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom("\ud800", "\udc00x", '"', "\\", '\\"', "1.0,", ":-0 ", "[1e5]", '{"1":2}'),
  )
  .map((text) => JSON.stringify(text));

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    numberText,
    stringText,
    fc.constantFrom("true", "false", "null"),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc
      .uniqueArray(fc.tuple(keyText, tie("value")), { selector: ([key]) => key, maxLength: 5 })
      .map(
        (members) =>
          `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`,
      ),
  ),
}));

/** Any JSON value as compact text. */
export const nastyText: fc.Arbitrary<string> = value;
