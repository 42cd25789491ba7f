/** What to type next, by the code of a problem: the environment itself cannot know that it is asked by a command. */
const steps: Readonly<Record<string, string>> = {
  "process-not-found": "holdfast processes lists them; holdfast deploy FILE makes one",
  "alias-not-found": "holdfast aliases PROCESS lists them",
  "activity-not-found":
    "holdfast activities lists them; holdfast activities set NAME announces one",
  "execution-not-found": "holdfast ps lists them: an id is PROCESS:NAME",
  "alert-not-found": "holdfast alerts lists them",
  "drain-not-found": "holdfast drains lists them",
  "server-not-found": "holdfast servers lists them",
  "access-key-not-found": "holdfast keys lists them",
  "assignment-not-found": "holdfast assignments lists them",
  "issuer-not-found": "holdfast issuers lists them",
  "precondition-failed":
    "Somebody changed it meanwhile: look at it again (a process: holdfast diff NAME, then deploy with --if-version)",
  "version-in-use":
    "holdfast aliases PROCESS says what leads to it; holdfast remove PROCESS removes all versions",
  forbidden: "holdfast whoami says what you may do; an administrator gives roles",
};

/** The next step after a problem that a command knows more of than the environment. */
export const nextStep = (code: string | undefined): string | undefined =>
  code === undefined ? undefined : steps[code];
