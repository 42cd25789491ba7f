import { describe, expect, test } from "vitest";
import { documented } from "./documented.ts";
import { restPage } from "./rest-page.ts";
import { environment } from "./stand-in.ts";

const { app } = environment();
const { document, operations, problemsOf } = await documented(app);

test("the document is OpenAPI 3.1 and names the version of Holdfast", () => {
  expect(document.openapi).toBe("3.1.0");
  expect(document.info.version).toBe("0.0.0");
});

test("every documented operation is a route", async () => {
  for (const { method, path } of operations) {
    const response = await app.request(path.replaceAll(/{[^}]+}/g, "x"), {
      method: method.toUpperCase(),
    });
    expect([401, 200], `${method} ${path}`).toContain(response.status);
  }
  expect(operations).not.toHaveLength(0);
});

test("the page of the REST API says what the document says, and lists every code of a problem", async () => {
  await expect(restPage(document)).toMatchFileSnapshot("../../../docs/rest.md");
});

test("every reference leads somewhere", () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  const paths = [...references].map((match) => match[1] ?? "");
  expect(paths.length).toBeGreaterThan(50);
  for (const path of paths) {
    const found = path
      .split("/")
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
    expect(found, path).toBeDefined();
  }
});

test("every operation id is there once", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(operations)("$method $path", ({ method, path, operation }) => {
  const isPublic = ["getHealth", "getOpenApiDocument"].includes(operation.operationId);
  const takesBody = method === "post" || method === "put";

  test("has a summary, a tag and says whether a token is needed", () => {
    expect(operation.summary.length).toBeGreaterThan(5);
    expect(operation.tags).toHaveLength(1);
    expect(operation.security).toEqual(isPublic ? [] : [{ accessToken: [] }]);
  });

  test("documents each parameter of its path", () => {
    const inPath = [...path.matchAll(/{([^}]+)}/g)].map((match) => match[1]);
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(parameters.map(({ name }) => name)).toEqual(inPath);
  });

  test("has problems with examples that fit", () => {
    const problems = Object.entries(operation.responses).filter(([status]) => status >= "400");
    expect(problems.map(([status]) => status)).toEqual(
      expect.arrayContaining([
        "400",
        "500",
        ...(isPublic ? [] : ["401"]),
        ...(takesBody ? ["413", "415"] : []),
        // An activity is there as soon as somebody names it.
        ...(/{(?!activity})/.test(path) ? ["404"] : []),
      ]),
    );
    for (const [status, { content }] of problems) {
      const { schema, examples = {} } = content["application/problem+json"] ?? { schema: {} };
      expect(Object.keys(examples).length).toBeGreaterThan(0);
      for (const { value } of Object.values(examples)) {
        expect(value).toMatchObject({ status: Number(status) });
        expect(problemsOf(schema, value)).toEqual([]);
      }
    }
  });

  test("has a body with an example that fits, where it takes one", () => {
    const content = operation.requestBody?.content["application/json"];
    expect(content !== undefined).toBe(takesBody);
    if (content === undefined) return;
    expect(problemsOf(content.schema, content.example)).toEqual([]);
    // Its body is the input of a process: any object.
    const takesAny = operation.operationId === "startProcess";
    const problems = problemsOf(content.schema, { unheardOf: 1 });
    if (takesAny) expect(problems).toEqual([]);
    else expect(problems).not.toEqual([]);
  });
});
