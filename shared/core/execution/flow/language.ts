import type { State } from "../../asl/definition.ts";
import { languageOf } from "../branches/machine.ts";
import type { Program } from "../program.ts";
import type { DataFlow } from "./data-flow.ts";
import { jsonataFlow } from "./jsonata-flow.ts";
import { jsonpathFlow } from "./jsonpath-flow.ts";

/** The rules of data flow that hold for a state. */
export const flowOf = (program: Program, state: State): DataFlow =>
  languageOf(program, state) === "JSONPath" ? jsonpathFlow : jsonataFlow;
