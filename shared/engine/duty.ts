/**
 * What a server takes turns for:
 * - `everything`: what is started and told here, work items that it asks for, and heads whose time has come;
 * - `items`: work items that it is given, and what it tells other executions meanwhile. It asks for nothing
 *   and sweeps nothing, and leaves what it starts to the work queue;
 * - `callers`: starts that a caller waits for. All else that it does to an execution is left to the work queue.
 */
export type Duty = "everything" | "items" | "callers";
