/** Longest name of a state, in characters. Source: Step Functions quotas. */
export const stateNameLengthMax = 80;

/** Longest name of a variable, in characters. Source: Step Functions quotas. */
export const variableNameLengthMax = 80;

/** Longest name of an activity that workers ask for, in characters: nobody can ask for a longer one. Source: Step Functions API reference, CreateActivity. */
export const activityNameLengthMax = 80;

/** Longest time-out, wait or retry interval, in seconds (about 3 years), written or computed: to change it is to raise `behaviourVersion`. Source: states-language.net. */
export const secondsMax = 99_999_999;

/** Longest `MaxDelaySeconds` of a retrier (366 days). Source: Step Functions developer guide. */
export const retryDelaySecondsMax = 31_622_400;

/** Deepest nesting of a definition: deeper ones would exhaust the stack of whoever walks them. */
export const definitionDepthMax = 250;

/** Findings reported of one definition; nobody reads more, and each costs a search for near names. */
export const diagnosticCountMax = 100;

/** Steps that looking for variables without a value may take: beyond it, a quarter of a second, none are looked for. */
export const reviewStepsMax = 2_000_000;
