/** Completion in shells: their scripts ask the hidden command `complete` what may come next. */
import type { Command } from "commander";

const scripts: Readonly<Record<string, string>> = {
  bash: `_holdfast() {
  local IFS=$'\\n'
  COMPREPLY=($(holdfast complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _holdfast holdfast`,
  zsh: `_holdfast() {
  local -a found
  found=("\${(@f)$(holdfast complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _holdfast holdfast`,
  fish: `complete -c holdfast -a '(holdfast complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
};

/** What a shell reads. */
export const completionScript = (shell: string): string | undefined => scripts[shell];

/** The option that a word names, if a value comes next. */
const optionWithValue = (command: Command, word: string) =>
  command.options.find(
    ({ long, short, required, optional }) =>
      (long === word || short === word) && (required || optional),
  );

/** The command that the words before name, how many of its arguments they hold, and an option that wants its value. */
const commandOf = (program: Command, words: readonly string[]) => {
  let command = program;
  let argumentCount = 0;
  let option: Command["options"][number] | undefined;
  for (const word of words) {
    const isValue = option !== undefined;
    option = isValue ? undefined : optionWithValue(command, word);
    if (isValue || word.startsWith("-")) continue;
    const inner = command.commands.find((each) => each.name() === word);
    command = inner ?? command;
    argumentCount = inner === undefined ? argumentCount + 1 : 0;
  }
  return { command, argumentCount, option };
};

const namesOf = (command: Command): readonly string[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());

const flagsOf = (command: Command): readonly string[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long }) => long ?? []);

/** What may stand in place of the last word; nothing where it is a file, or anything at all. */
export const candidates = (program: Command, words: readonly string[]): readonly string[] => {
  const last = words.at(-1) ?? "";
  const { command, argumentCount, option } = commandOf(program, words.slice(0, -1));
  const own = (): readonly string[] => {
    if (option !== undefined) return option.argChoices ?? [];
    if (last.startsWith("-")) return flagsOf(command);
    if (argumentCount === 0 && command.commands.length > 0) return namesOf(command);
    return command.registeredArguments[argumentCount]?.argChoices ?? [];
  };
  return own().filter((candidate) => candidate.startsWith(last));
};
