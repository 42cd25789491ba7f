/** What is checked of arguments before a command is called. */
import { InvalidArgumentError } from "commander";

/** A whole number within bounds. */
export const integerFrom =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Write a whole number from ${minimum} to ${maximum}.`);
  };

/** The empty name would stand for the working directory, which nobody means. */
export const directoryName = (text: string): string => {
  if (text !== "") return text;
  throw new InvalidArgumentError("Write the path of a directory.");
};

/** The id of an execution or an alert. */
export const someId = (text: string): string => {
  if (text !== "") return text;
  throw new InvalidArgumentError("Write an id; ps and alerts list them.");
};
