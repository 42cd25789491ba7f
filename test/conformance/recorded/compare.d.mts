import type { Json } from "#core/json.ts";
import type { RecordedCase, Replayed } from "../case.ts";

export declare const match: (expected: Json, actual: Json | undefined, path?: string) => string[];

export declare const compareCase: (
  recorded: RecordedCase,
  replayed: Replayed,
) => Record<"L1" | "L2" | "L3" | "L4", string[] | null>;

export interface TaskAnswer {
  readonly output?: Json;
  readonly error?: string | null;
  readonly cause?: string | null;
  readonly timeout?: boolean;
  readonly never?: boolean;
  readonly sleep?: number;
}

export interface TaskReplayer {
  (state: string, resource: string, parameters: Json): TaskAnswer;
  readonly paramDiffs: string[];
  readonly left: () => readonly unknown[];
}

export declare const taskReplayer: (recorded: RecordedCase) => TaskReplayer;
