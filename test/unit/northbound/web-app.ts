import type { AnswerRequest } from "#northbound/exchange.ts";
import { fetchHandler } from "#northbound/web-request.ts";

/** What tests ask, in the terms of the Fetch standard. */
export interface WebApp {
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
}

/** The API without a network; `from` is the address of who asks. */
export const webApp = (answer: AnswerRequest, from?: string): WebApp => {
  const fetch = fetchHandler(answer, from);
  return { request: (path, init) => fetch(new Request(`http://localhost${path}`, init)) };
};
