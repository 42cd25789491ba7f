/** What `run.ts` sets up for the tests: an emulated account that records its calls. */
export interface Testbed {
  readonly endpoint: string;
  readonly directory: string;
  /** A line of JSON for each call to AWS, an `AwsCall`. */
  readonly callsFile: string;
  /** By how many ms the functions' clock is ahead. */
  readonly clockFile: string;
  /** Holds the address of a server that answers the calls of functions which activities make; empty: the emulator does. */
  readonly standInFile: string;
}

/** Throws where the tests were not started by `npm run test:aws`. */
export const testbed = (): Testbed => {
  const given = process.env["HOLDFAST_AWS_TESTBED"];
  if (given === undefined) throw new Error("start these tests with: npm run test:aws");
  return JSON.parse(given) as Testbed;
};
