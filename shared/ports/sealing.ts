/**
 * Keeps short secrets unreadable to whoever has the storage only: a key file on one machine, KMS on AWS.
 *
 * What is sealed is authenticated together with its context: `unseal` rejects with `seal-invalid` where
 * the text or the context is another one, or was sealed with another key. Sealing the same twice gives
 * different texts.
 */
export interface Sealing {
  readonly seal: (plain: string, context: string) => Promise<string>;
  readonly unseal: (sealed: string, context: string) => Promise<string>;
}
