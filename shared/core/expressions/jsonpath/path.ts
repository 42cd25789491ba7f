/** Placeholder of the syntax tree. */
export interface Path {
  readonly text: string;
}
export interface PathSyntaxError {
  readonly message: string;
  /** Offset of the first character that cannot be read. */
  readonly position: number;
}
