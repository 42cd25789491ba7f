import { connect } from "../environment/client.ts";
import type { Issuer } from "../environment/contract.ts";
import { exitCodes } from "../exit.ts";
import { tableText } from "../view/table.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";

export interface TrustOptions {
  readonly audience: readonly string[];
  readonly groupsClaim?: string;
  readonly subjectClaim?: string;
}

const path = "/v1/issuers";

/** Lists the issuers that say who people are. */
export const issuers = async ({ options, terminal }: Call): Promise<number> => {
  const client = await connect(options);
  const { issuers: found } = await client.get<{ readonly issuers: readonly Issuer[] }>(path);
  if (options.json === true) {
    terminal.json(found);
    return exitCodes.success;
  }
  if (found.length === 0) {
    terminal.out("No issuer is trusted: there are access keys only.");
    return exitCodes.success;
  }
  const rows = found.map(({ name, url, audiences, groupsClaim }) => [
    name,
    url,
    audiences.join(", "),
    groupsClaim,
  ]);
  const head = ["ISSUER", "URL", "AUDIENCES", "GROUPS IN"];
  terminal.out(tableText({ head, rows, columns: terminal.columns(), paint: terminal.paint }));
  return exitCodes.success;
};

/** Trusts an issuer. */
export const trust = async (
  { options, terminal }: Call<TrustOptions>,
  name: string,
  url: string,
): Promise<number> => {
  const client = await connect(options);
  const { audience: audiences, groupsClaim, subjectClaim } = options;
  const wanted = { name, url, audiences, groupsClaim, subjectClaim };
  const trusted = await client.post<Issuer>(path, wanted);
  if (options.json === true) terminal.json(trusted);
  else {
    terminal.out(`${printable(trusted.url)} is trusted as ${printable(trusted.name)}`);
    terminal.note(
      `Give its groups roles with: holdfast assignments create group:${printable(trusted.name)}/GROUP ROLE`,
    );
  }
  return exitCodes.success;
};

/** Trusts an issuer no longer. */
export const distrust = async ({ options, terminal }: Call, name: string): Promise<number> => {
  const client = await connect(options);
  const gone = await client.remove<Issuer>(`${path}/${encodeURIComponent(name)}`);
  if (options.json === true) terminal.json(gone);
  else terminal.out(`${printable(gone.name)} is trusted no longer`);
  return exitCodes.success;
};
