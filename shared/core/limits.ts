/** Nodes of a JSONata expression that one evaluation may visit: bounds a loop without a clock, so that replay agrees. */
export const jsonataStepsMax = 1_000_000;

/** Depth of nested JSONata evaluation; D1011 beyond it, as on a stack overflow. */
export const jsonataDepthMax = 500;
