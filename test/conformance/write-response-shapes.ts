/**
 * `npx node test/conformance/write-response-shapes.ts BOTOCORE_DATA VERSION`: writes
 * `shared/core/test-state/response-shapes.ts` from the service models of botocore
 * (`botocore/data` of the Python package, Apache-2.0); 1.41.5 is of the days of the recordings.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

interface ModelShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly payload?: string;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly streaming?: boolean;
  readonly document?: boolean;
}

interface Model {
  readonly operations: Readonly<
    Record<string, { readonly output?: { readonly shape: string } } | undefined>
  >;
  readonly shapes: Readonly<Record<string, ModelShape | undefined>>;
}

/** Services whose answers are checked: the ones that processes call most. */
const services = [
  "dynamodb",
  "events",
  "kms",
  "lambda",
  "s3",
  "secretsmanager",
  "sns",
  "sqs",
  "stepfunctions",
];

const [directory = "", version = ""] = process.argv.slice(2);

const modelOf = (service: string): Model => {
  const folder = join(directory, service);
  const newest = readdirSync(folder).sort().at(-1) ?? "";
  const text = gunzipSync(readFileSync(join(folder, newest, "service-2.json.gz")));
  return JSON.parse(text.toString()) as Model;
};

const scalars: Readonly<Record<string, string>> = {
  string: "string",
  character: "string",
  timestamp: "string",
  blob: "string",
  boolean: "boolean",
  integer: "integer",
  long: "integer",
  float: "number",
  double: "number",
};

/** As Step Functions writes the names of fields. */
const fieldName = (member: string): string => member.charAt(0).toUpperCase() + member.slice(1);

const condensed = (model: Model) => {
  const places = new Map<string, number>();
  const shapes: unknown[] = [];
  const scalar = (shape: ModelShape): unknown => {
    const type = scalars[shape.type] ?? "any";
    const limits = [shape.min, shape.max, shape.enum].some((limit) => limit !== undefined);
    return limits ? { type, min: shape.min, max: shape.max, enum: shape.enum } : type;
  };
  const structure = (shape: ModelShape) => {
    const members = Object.entries(shape.members ?? {}).map(([name, { shape: of }]) => [
      fieldName(name),
      name === shape.payload && model.shapes[of]?.type === "blob" ? "any" : refer(of),
    ]);
    const required = shape.required?.map(fieldName);
    return {
      fields: Object.fromEntries(members),
      required: required?.length ? required : undefined,
    };
  };
  const composite = (shape: ModelShape): unknown => {
    if (shape.type === "structure") return structure(shape);
    return shape.type === "list"
      ? { items: refer(shape.member?.shape ?? "") }
      : { values: refer(shape.value?.shape ?? "") };
  };
  const refer = (name: string): unknown => {
    const shape = model.shapes[name];
    if (shape === undefined || shape.document === true || shape.streaming === true) return "any";
    if (!["structure", "list", "map"].includes(shape.type)) return scalar(shape);
    const known = places.get(name);
    if (known !== undefined) return known;
    const place = shapes.push(null) - 1;
    places.set(name, place);
    shapes[place] = composite(shape);
    return place;
  };
  const calls = Object.entries(model.operations).flatMap(([name, operation]) =>
    operation?.output === undefined
      ? []
      : [[name.charAt(0).toLowerCase() + name.slice(1), refer(operation.output.shape)]],
  );
  return { calls: Object.fromEntries(calls), shapes };
};

const quoted = (text: string): string => text.replace(/['\\]/g, "\\$&");

const lines = services.map(
  (service) => `  ${service}: '${quoted(JSON.stringify(condensed(modelOf(service))))}',`,
);

writeFileSync(
  new URL("../../shared/core/test-state/response-shapes.ts", import.meta.url),
  `/**
 * What the calls of AWS services answer, by service, as JSON text: types, names, required fields and
 * limits. Written by \`test/conformance/write-response-shapes.ts\` from the service models of
 * botocore ${version} (Apache-2.0, https://github.com/boto/botocore); not to be edited by hand.
 */
export const responseShapes: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`,
);
