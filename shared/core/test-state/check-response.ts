/** Compares a mocked result with what the API that a Task state calls answers. */
import { numberOf } from "../exact-json/exact-number.ts";
import { isJsonObject, type Json } from "../json.ts";
import { responseShapes } from "./response-shapes.ts";

interface Scalar {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: readonly string[];
}

interface Composite {
  readonly fields?: Readonly<Record<string, Reference>>;
  readonly required?: readonly string[];
  readonly items?: Reference;
  readonly values?: Reference;
}

/** The place of a composite shape in its service's list, or a scalar. */
type Reference = number | string | Scalar;

interface ServiceShapes {
  readonly calls: Readonly<Record<string, Reference>>;
  readonly shapes: readonly Composite[];
}

/** Services that resources name otherwise than their models do. */
const serviceNames: Readonly<Record<string, string>> = {
  states: "stepfunctions",
  sfn: "stepfunctions",
  eventbridge: "events",
};

const read = new Map<string, ServiceShapes>();

const shapesOf = (named: string): ServiceShapes | undefined => {
  const service = Object.hasOwn(serviceNames, named) ? (serviceNames[named] ?? named) : named;
  const text = Object.hasOwn(responseShapes, service) ? responseShapes[service] : undefined;
  if (text === undefined) return undefined;
  const known = read.get(service) ?? (JSON.parse(text) as ServiceShapes);
  read.set(service, known);
  return known;
};

interface Checking {
  readonly shapes: readonly Composite[];
  readonly isStrict: boolean;
}

type Fault = string | undefined;

const wrongType = (field: string, expected: string): string =>
  `Field '${field}' must be ${expected}`;

const firstFault = (faults: Iterable<Fault>): Fault => {
  for (const fault of faults) if (fault !== undefined) return fault;
  return undefined;
};

const stringFault = (field: string, value: Json, scalar: Scalar): Fault => {
  if (typeof value !== "string") return wrongType(field, "a string");
  if (scalar.enum !== undefined && !scalar.enum.includes(value))
    return `Field '${field}' is not an expected value`;
  if (value.length < (scalar.min ?? 0))
    return `Field '${field}' is smaller than the minimum length`;
  return value.length > (scalar.max ?? Number.POSITIVE_INFINITY)
    ? `Field '${field}' exceeds the maximum length`
    : undefined;
};

const numberFault = (field: string, given: Json, scalar: Scalar): Fault => {
  const value = numberOf(given);
  if (value === undefined || !(scalar.type === "number" || Number.isInteger(value)))
    return wrongType(field, "a number");
  if (value < (scalar.min ?? Number.NEGATIVE_INFINITY))
    return `Field '${field}' is less than the minimum value`;
  return value > (scalar.max ?? Number.POSITIVE_INFINITY)
    ? `Field '${field}' exceeds the maximum value`
    : undefined;
};

const scalarFault = (field: string, value: Json, scalar: Scalar): Fault => {
  if (scalar.type === "string") return stringFault(field, value, scalar);
  if (scalar.type === "integer" || scalar.type === "number")
    return numberFault(field, value, scalar);
  return scalar.type === "boolean" && typeof value !== "boolean"
    ? wrongType(field, "a boolean")
    : undefined;
};

function* structureFaults(checking: Checking, value: Json, shape: Composite): Iterable<Fault> {
  if (!isJsonObject(value)) return;
  const missing = shape.required?.find((field) => !Object.hasOwn(value, field));
  if (checking.isStrict && missing !== undefined) yield `Required field '${missing}' is missing`;
  for (const [field, reference] of Object.entries(shape.fields ?? {}))
    if (Object.hasOwn(value, field))
      yield fault(checking, reference, { field, value: value[field] ?? null });
}

const composite = (
  checking: Checking,
  shape: Composite,
  { field, value }: { readonly field: string; readonly value: Json },
): Fault => {
  const { items, values } = shape;
  if (items !== undefined)
    return Array.isArray(value)
      ? firstFault(value.map((item) => fault(checking, items, { field, value: item })))
      : wrongType(field, "an array");
  if (!isJsonObject(value)) return wrongType(field, "an object");
  return values === undefined
    ? firstFault(structureFaults(checking, value, shape))
    : firstFault(
        Object.values(value).map((item) => fault(checking, values, { field, value: item })),
      );
};

function fault(
  checking: Checking,
  reference: Reference,
  given: { readonly field: string; readonly value: Json },
): Fault {
  if (typeof reference === "number") {
    const shape = checking.shapes[reference];
    return shape === undefined ? undefined : composite(checking, shape, given);
  }
  const scalar = typeof reference === "string" ? { type: reference } : reference;
  return scalarFault(given.field, given.value, scalar);
}

/** `arn:aws:states:::aws-sdk:s3:getObject`: service and call; with a pattern the result is another's. */
const integration = /^arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?([\w-]+):(\w+)$/;

/**
 * What does not fit in a mocked result, in the service's words; `undefined` where all does, and where
 * nothing is known about the call.
 */
export const responseFault = (
  resource: string,
  result: Json,
  mode: "STRICT" | "PRESENT",
): string | undefined => {
  const [, service = "", call = ""] = integration.exec(resource) ?? [];
  const known = shapesOf(service);
  const reference =
    known !== undefined && Object.hasOwn(known.calls, call) ? known.calls[call] : undefined;
  if (known === undefined || reference === undefined) return undefined;
  const checking = { shapes: known.shapes, isStrict: mode === "STRICT" };
  return fault(checking, reference, { field: "result", value: result });
};
