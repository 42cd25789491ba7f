import type { Execution, Question } from "../environment/contract.ts";
import { duration, elapsedMs, localTime, type Paint, prettyJson, printable } from "./text.ts";

/** A word as a shell takes it. */
const quoted = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const answersOf = (executionId: string, { state }: Question): readonly string[] => {
  const command = `npx holdfast resolve ${quoted(printable(executionId))} --state ${quoted(printable(state))}`;
  return [
    `${command} --succeeded --output '{}'`,
    `${command} --retry`,
    `${command} --failed --error NAME --cause TEXT`,
  ];
};

const linesOf = (executionId: string, question: Question, paint: Paint): readonly string[] => {
  const { state, resource, attempt, why, since, until, server, startedAt } = question;
  const deadline = until === undefined ? "no deadline" : `until ${localTime(until)}`;
  const age = duration(elapsedMs(since, undefined));
  return [
    "",
    `${paint("yellow", "asks")} what became of ${printable(state)}, since ${localTime(since)} (${age}), ${deadline}`,
    `  ${printable(why)}`,
    `  ${printable(resource)} began ${localTime(startedAt)} on ${printable(server)}; attempts so far: ${attempt}`,
    `${paint("dim", "parameters")}\n${prettyJson(question.parameters)}`,
    paint("dim", "answer with one of"),
    ...answersOf(executionId, question).map((line) => `  ${line}`),
  ];
};

/** What an operator is asked, what is known, and what to type. */
export const questionLines = (
  { executionId, questions = [] }: Pick<Execution, "executionId" | "questions">,
  paint: Paint,
): readonly string[] => questions.flatMap((asked) => linesOf(executionId, asked, paint));
