/** Stands in for the Lambda functions of the recordings: they answer what the recordings say of them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Json } from "#core/json.ts";

/** What a recorded function does. */
export type RecordedFunction =
  | { readonly kind: "echo" }
  | { readonly kind: "const"; readonly result: Json }
  | {
      readonly kind: "raise";
      readonly errorType: string;
      readonly errorMessage: string;
      readonly stackTrace?: readonly string[];
    };

/** JSON as Python prints it, which the recorded functions were written in. */
const pythonJson = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${pythonJson(member)}`,
  );
  return `{${members.join(", ")}}`;
};

const answerOf = (recorded: RecordedFunction, payload: string): string => {
  if (recorded.kind === "echo") return payload;
  if (recorded.kind === "const") return pythonJson(recorded.result);
  const { errorMessage, errorType, stackTrace = [] } = recorded;
  return pythonJson({
    errorMessage,
    errorType,
    requestId: "recorded",
    stackTrace: [...stackTrace],
  });
};

export interface RecordedFunctions {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Starts a server that answers as Lambda does for functions by their names; all others it does not know. */
export const startRecordedFunctions = async (
  functions: ReadonlyMap<string, RecordedFunction>,
): Promise<RecordedFunctions> => {
  const server = createServer((request, response) => {
    void text(request).then((payload) => {
      const [, asked = ""] = /\/functions\/([^/]+)\/invocations/.exec(request.url ?? "") ?? [];
      const name = decodeURIComponent(asked).split(":").at(-1) ?? "";
      const recorded = functions.get(name);
      if (recorded === undefined) {
        response.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException" });
        return response.end(JSON.stringify({ Message: `Function not found: ${name}` }));
      }
      response.writeHead(200, {
        "x-amz-executed-version": "$LATEST",
        ...(recorded.kind === "raise" && { "x-amz-function-error": "Unhandled" }),
      });
      return response.end(answerOf(recorded, payload));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
