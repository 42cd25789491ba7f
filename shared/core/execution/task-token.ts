/** What a task token says: whose it is, and a secret that only those know to whom it was given. */
export interface TaskToken {
  readonly executionId: string;
  readonly activity: string;
  readonly secret: string;
}

const tokenPattern = /^(.+)\/(\d+\.\d+)\/([0-9a-z]+)$/s;

/** The token as text; at most a few hundred characters. */
export const tokenOf = ({ executionId, activity, secret }: TaskToken): string =>
  `${executionId}/${activity}/${secret}`;

/** Reads a token; `undefined` if the text is none. Whether it is the right one only the execution knows. */
export const parseToken = (text: string): TaskToken | undefined => {
  const [, executionId, activity, secret] = tokenPattern.exec(text) ?? [];
  return executionId === undefined || activity === undefined || secret === undefined
    ? undefined
    : { executionId, activity, secret };
};

/** Whether two tokens are the same, in a time that does not tell where they differ. */
export const isSameToken = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length;
  for (let place = 0; place < a.length; place += 1)
    difference |= a.charCodeAt(place) ^ b.charCodeAt(place % (b.length || 1));
  return difference === 0;
};
