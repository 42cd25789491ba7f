import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { environment } from "./stand-in.ts";

test("the document passes the recommended rules of Redocly, and the strict ones", async () => {
  const { app } = environment();
  const source = await (await app.request("/openapi.json")).text();
  const config = await createConfig({ extends: ["recommended-strict"] });
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  const said = problems.map(
    ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer} ${message}`,
  );
  expect(said).toEqual([]);
});
