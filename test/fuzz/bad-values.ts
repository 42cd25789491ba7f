/** Values of a schema, and what nobody would send: JSON text, since much of it is no value in JavaScript. */
import type { Random } from "../sim/random.ts";
import type { Schema, ServedDocument } from "./served-document.ts";

const depthMax = 6;

const hostile: readonly ((random: Random) => string)[] = [
  () => "null",
  () => "true",
  () => "-0",
  () => "1e400",
  () => "-1",
  () => "0.1",
  () => "9007199254740993",
  (random) => "9".repeat(random.int(20, 2_000)),
  (random) => `1e${random.int(-400, 400)}`,
  () => "[]",
  () => "{}",
  () => '""',
  () => '"\\u0000"',
  () => '"\\ud800"',
  () => '"\u202e\ufeff\u0301"',
  () => '"{% $eval(1) %}"',
  () => '"$.a[?(@.b)]"',
  () => '"../../etc/passwd"',
  () => `"' OR 1=1 --"`,
  () => '{"__proto__":{"a":1},"constructor":{"prototype":1}}',
  () => '{"a":1,"a":2}',
  (random) => `"${"x".repeat(random.int(1, 20_000))}"`,
  (random) => `"${"\\u00e9".repeat(random.int(1, 2_000))}"`,
  (random) => {
    const depth = random.int(1, random.chance(0.1) ? 20_000 : 200);
    return random.chance(0.5)
      ? `${"[".repeat(depth)}${"]".repeat(depth)}`
      : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  },
];

/** JSON text that nobody would send. */
export const hostileText = (random: Random): string => random.pick(hostile)(random);

/** Texts that mean something somewhere. */
const known = [
  "hello",
  "hello:a",
  "rest:b",
  "quick",
  "a",
  "0.1",
  "open",
  "target",
  "newest",
  "rest:b/0.1/5f0c3c1e",
  "2026-11-23T08:00:00Z",
];

const textOf = (random: Random, { format }: Schema): string => {
  if (format === "date-time") return JSON.stringify("2026-11-23T08:00:00.000Z");
  return JSON.stringify(random.pick(known));
};

const numberOf = (random: Random, { minimum = 0, maximum = 10 }: Schema): string =>
  String(random.int(Math.max(minimum, 0), Math.min(maximum, 10)));

/** JSON text that is mostly what a schema wants. */
export const jsonFor = (
  { resolve }: ServedDocument,
  random: Random,
  { badness }: { readonly badness: number },
): ((schema: Schema) => string) => {
  const objectOf = (schema: Schema, depth: number): string => {
    const required = new Set(schema.required);
    const fields = Object.entries(schema.properties ?? {})
      .filter(([name]) => random.chance(required.has(name) ? 1 - badness / 2 : 0.4))
      .map(([name, field]) => `${JSON.stringify(name)}:${valueFor(field, depth + 1)}`);
    if (random.chance(badness / 2)) fields.push(`"unheardOf":${hostileText(random)}`);
    return `{${fields.join(",")}}`;
  };

  const listOf = ({ items = {} }: Schema, depth: number): string => {
    const values = Array.from({ length: random.int(0, 3) }, () => valueFor(items, depth + 1));
    return `[${values.join(",")}]`;
  };

  const ofType = (schema: Schema, depth: number): string => {
    switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
      case "string":
        return textOf(random, schema);
      case "number":
      case "integer":
        return numberOf(random, schema);
      case "boolean":
        return String(random.chance(0.5));
      case "array":
        return listOf(schema, depth);
      case "object":
        return objectOf(schema, depth);
      default:
        return hostileText(random);
    }
  };

  const soundValue = (schema: Schema, depth: number): string => {
    const choice = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (choice !== undefined) return valueFor(random.pick(choice), depth);
    const values = schema.const === undefined ? schema.enum : [schema.const];
    if (values !== undefined) return JSON.stringify(random.pick(values));
    if (schema.example !== undefined && random.chance(0.5)) return JSON.stringify(schema.example);
    return ofType(schema, depth);
  };

  const valueFor = (given: Schema, depth: number): string => {
    if (depth > depthMax || random.chance(badness)) return hostileText(random);
    return soundValue(resolve(given), depth);
  };

  return (schema) => valueFor(schema, 0);
};

/** Bytes with some of them changed, taken away or doubled. */
export const mutated = (bytes: Buffer, random: Random): Buffer => {
  const at = random.int(0, bytes.length);
  const to = Math.min(bytes.length, at + random.int(0, 20));
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (random.int(0, 4)) {
    case 0:
      return head;
    case 1:
      return Buffer.concat([head, tail]);
    case 2:
      return Buffer.concat([head, middle, middle, tail]);
    case 3:
      return Buffer.concat([head, Buffer.from([random.int(0, 255), 0xff, 0xc0]), tail]);
    default:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
  }
};
