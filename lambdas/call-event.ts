import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { IncomingRequest, OutgoingAnswer } from "#northbound/exchange.ts";
import { bodyTooLarge } from "#northbound/request-body.ts";

/** Path and query of a call: API Gateway hands over the path as it was before it was put into a URL. */
const targetOf = ({ rawPath, rawQueryString }: APIGatewayProxyEventV2): string => {
  const url = new URL("http://localhost/");
  url.pathname = rawPath;
  url.search = rawQueryString;
  return url.pathname + url.search;
};

/** A call of the HTTP API as the API takes it. */
export const requestOf = (event: APIGatewayProxyEventV2, signal: AbortSignal): IncomingRequest => {
  const { body, isBase64Encoded, requestContext } = event;
  const fields = Object.entries(event.headers).filter(([, value]) => value !== undefined);
  return {
    method: requestContext.http.method,
    target: targetOf(event),
    headers: new Headers(fields as [string, string][]),
    from: requestContext.http.sourceIp,
    bytes: async (limit) => {
      const bytes = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
      if (bytes.byteLength > limit) throw bodyTooLarge(limit);
      return bytes;
    },
    signal: () => signal,
  };
};

/** The answer as API Gateway takes it: whole. */
export const resultOf = async ({
  status,
  headers,
  body,
}: OutgoingAnswer): Promise<APIGatewayProxyStructuredResultV2> => ({
  statusCode: status,
  headers: { ...headers },
  body: typeof body === "string" ? body : await new Response(body).text(),
});
