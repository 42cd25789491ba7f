import { numberOf } from "../../exact-json/exact-number.ts";
import { isJsonObject, type Json, type JsonArray, type JsonObject } from "../../json.ts";

/** What an intrinsic function objects to; becomes a failure in the service's words. */
export class ArgumentRefused extends Error {
  override readonly name = "ArgumentRefused";
}

/** What one call of an intrinsic function is given. */
export class Arguments {
  readonly values: readonly Json[];

  constructor(values: readonly Json[]) {
    this.values = values;
  }

  get count(): number {
    return this.values.length;
  }

  value(index: number): Json {
    return this.values[index] ?? null;
  }

  array(index: number): JsonArray {
    const value = this.value(index);
    return Array.isArray(value) ? value : refuse(index, "an array");
  }

  object(index: number): JsonObject {
    const value = this.value(index);
    return isJsonObject(value) ? value : refuse(index, "a JSON object");
  }

  text(index: number): string {
    const value = this.value(index);
    return typeof value === "string" ? value : refuse(index, "a string");
  }

  /** A number, rounded half up as the service does with every numeric argument. */
  integer(index: number): number {
    const value = numberOf(this.value(index));
    if (value === undefined || !Number.isFinite(value)) return refuse(index, "a number");
    const rounded = Math.floor(value + 0.5);
    return rounded === 0 ? 0 : rounded;
  }
}

const refuse = (index: number, expected: string): never => {
  throw new ArgumentRefused(`argument ${index + 1} must be ${expected}`);
};
