/** The stack of an environment: one a region. */
export const stackNameOf = (environment: string): string => `Holdfast-${environment}`;
