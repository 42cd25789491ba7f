/** Id of the execution of a process under a name: the name is the key of its start (G6). */
export const executionIdOf = (process: string, name: string): string => `${process}:${name}`;
