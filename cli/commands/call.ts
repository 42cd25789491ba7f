import type { EnvironmentOptions } from "../environment/find.ts";
import type { Terminal } from "../terminal.ts";

/** What every command that speaks to an environment is given beside its own arguments. */
export interface Call<Options = unknown> {
  readonly options: EnvironmentOptions & { readonly json?: boolean } & Options;
  readonly terminal: Terminal;
}

/** The same with all arguments, for a command that takes any number. */
export interface CallOfWords<Options = unknown> extends Call<Options> {
  readonly words: readonly string[];
}
