import { readPath } from "../../expressions/jsonpath/read-path.ts";
import { fillTemplate } from "../../expressions/payload-template.ts";
import { placeAt } from "../../expressions/reference-path.ts";
import type { Json, JsonObject } from "../../json.ts";
import type { DataFlow, Flowing } from "./data-flow.ts";
import { known } from "./known.ts";
import { scopeOf, type View } from "./scope.ts";
import { seen } from "./seen.ts";

/** InputPath and OutputPath: absent or `$` everything, null nothing. */
const through = (flowing: Flowing, path: string | null | undefined, value: Json): Json => {
  if (path === undefined || path === "$") return value;
  if (path === null) return {};
  return readPath(path, scopeOf(flowing.interpreter, flowing.branch, { input: value }));
};

const assign = (
  flowing: Flowing,
  template: JsonObject | undefined,
  input: Json,
): JsonObject | undefined =>
  template === undefined
    ? undefined
    : (fillTemplate(
        template,
        scopeOf(flowing.interpreter, flowing.branch, { input }),
        "Assign",
      ) as JsonObject);

const place = (flowing: Flowing, path: string | null | undefined, result: Json): Json =>
  path === undefined || path === "$"
    ? result
    : placeAt({
        path,
        input: flowing.branch.input,
        result,
        scope: scopeOf(flowing.interpreter, flowing.branch, { input: flowing.branch.input }),
      });

const fill = (flowing: Flowing, filled: { template: Json; field: string; view: View }): Json =>
  fillTemplate(
    filled.template,
    scopeOf(flowing.interpreter, flowing.branch, filled.view),
    filled.field,
  );

/** InputPath, Parameters, ResultSelector, ResultPath, OutputPath. */
export const jsonpathFlow: DataFlow = {
  effectiveInput: (flowing) =>
    seen(
      flowing,
      "afterInputPath",
      through(flowing, flowing.fields.InputPath, flowing.branch.input),
    ),

  argument: (flowing, input, extras) => {
    const template = flowing.fields.Parameters;
    const parameters =
      template === undefined
        ? input
        : fill(flowing, { template, field: "Parameters", view: { ...extras, input } });
    return known(seen(flowing, "afterParameters", parameters));
  },

  fieldValue: (flowing, input, { name, template }) =>
    known(fill(flowing, { template, field: name, view: { input } })),

  itemInput: (flowing, input, item) => {
    const template = flowing.fields.ItemSelector ?? flowing.fields.Parameters;
    if (template === undefined) return known(item.value);
    return known(fill(flowing, { template, field: "ItemSelector", view: { input, item } }));
  },

  leaveWith: (flowing, result) => {
    const { ResultSelector: template, ResultPath, OutputPath, Assign } = flowing.fields;
    const selected =
      template === undefined
        ? result
        : fill(flowing, { template, field: "ResultSelector", view: { input: result } });
    seen(flowing, "afterResultSelector", selected);
    const placed = seen(flowing, "afterResultPath", place(flowing, ResultPath, selected));
    return known({
      output: through(flowing, OutputPath, placed),
      assigned: assign(flowing, Assign, selected),
    });
  },

  passOn: (flowing, input) =>
    known({
      output: through(flowing, flowing.fields.OutputPath, input),
      assigned: assign(flowing, flowing.fields.Assign, input),
    }),

  caught: (flowing, catcher, errorOutput) =>
    known({
      output: place(flowing, catcher.ResultPath, errorOutput),
      assigned: assign(flowing, catcher.Assign, errorOutput),
    }),
};
