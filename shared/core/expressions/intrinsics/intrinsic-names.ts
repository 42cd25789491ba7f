/** Every intrinsic function, with how many arguments it takes. */
export const intrinsicArity = {
  "States.Array": [0, Number.POSITIVE_INFINITY],
  "States.ArrayPartition": [2, 2],
  "States.ArrayContains": [2, 2],
  "States.ArrayRange": [3, 3],
  "States.ArrayGetItem": [2, 2],
  "States.ArrayLength": [1, 1],
  "States.ArrayUnique": [1, 1],
  "States.Base64Encode": [1, 1],
  "States.Base64Decode": [1, 1],
  "States.Hash": [2, 2],
  "States.JsonMerge": [3, 3],
  "States.StringToJson": [1, 1],
  "States.JsonToString": [1, 1],
  "States.MathRandom": [2, 3],
  "States.MathAdd": [2, 2],
  "States.StringSplit": [2, 2],
  "States.UUID": [0, 0],
  "States.Format": [1, Number.POSITIVE_INFINITY],
} as const satisfies Record<string, readonly [number, number]>;

export type IntrinsicName = keyof typeof intrinsicArity;

/** Whether a text names an intrinsic function. */
export const isIntrinsicName = (name: string): name is IntrinsicName =>
  Object.hasOwn(intrinsicArity, name);
