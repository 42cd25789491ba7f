/** What keeps an environment from being deployed, and what the deployer does about it. */
export class InvalidDeployment extends Error {
  override readonly name = "InvalidDeployment";
  readonly action: string;

  constructor(message: string, options: { readonly action: string; readonly cause?: unknown }) {
    super(message, options);
    this.action = options.action;
  }
}
