import { requestIdOf, respondProblem } from "#northbound/edge.ts";
import type { AnswerRequest, IncomingRequest } from "#northbound/exchange.ts";
import { HttpProblem } from "#northbound/problem.ts";

/** What a name or an address with a port is made of. */
const hostPattern = /^[\w.~!$&'()*+,;=%:[\]-]*$/;

const notReadable = (detail: string, action: string): HttpProblem =>
  new HttpProblem("request-invalid", detail, { action });

const faultOf = ({ target, headers }: IncomingRequest): HttpProblem | undefined => {
  if (!target.startsWith("/"))
    return notReadable(
      "The request line names no path that can be.",
      "Send one that begins with /.",
    );
  if (!hostPattern.test(headers.get("host") ?? ""))
    return notReadable("The header Host names no host that can be.", "Send a name or an address.");
  return undefined;
};

/**
 * Refuses what can be no address. What a request says that its host is need be none that a URL can have: AWS clients
 * put `sync-` before an address. Whoever verifies a signature finds it in the headers, as it was sent.
 */
export const withReadableAddress =
  (answer: AnswerRequest): AnswerRequest =>
  (request) => {
    const fault = faultOf(request);
    if (fault === undefined) return answer(request);
    return Promise.resolve(respondProblem(fault, { requestId: requestIdOf(request) }, () => {}));
  };
