/** The table: what is not in it is refused, and what is cannot be reached by another spelling. */
import { expect, it } from "vitest";
import type { Route } from "./incoming.ts";
import { createTable } from "./table.ts";

const route = (method: Route["method"], ...paths: string[]): Route => ({
  method,
  paths,
  access: "admin",
  family: "info",
  run: async () => undefined,
});
const table = createTable([
  route("GET", "/v1/models"),
  route("GET", "/v1/models/{id*}"),
  route("POST", "/key/generate"),
  route("GET", "/v1/responses/{id}"),
  route("GET", "/v1/responses/{id}/input_items"),
  route("POST", "/engines/{model*}/chat/completions"),
]);

it("finds exact paths and patterns, and what their slot stood for", () => {
  expect(table.match("GET", "/v1/models").param).toBeUndefined();
  expect(table.match("GET", "/v1/models/openai/gpt-4o").param).toBe("openai/gpt-4o");
  expect(table.match("GET", "/v1/models/a%2Fb").param).toBe("a/b");
  expect(table.match("POST", "/engines/azure/x/chat/completions").param).toBe("azure/x");
  expect(table.match("GET", "/v1/responses/resp_1/input_items").param).toBe("resp_1");
});

it.each([
  "/nothing",
  "/v1/models/",
  "/V1/models",
  "//v1/models",
  "/v1/models/../../key/generate",
  "/key/generate/",
  "/v1/responses/a/b",
  "/v1/responses/%E0%A4%A",
  "",
  "*",
])("%s is nothing", (path) => {
  if (path === "/v1/models/../../key/generate")
    return expect(table.match("GET", path).route.paths).toEqual(["/v1/models/{id*}"]);
  return expect(() => table.match("GET", path)).toThrow(expect.objectContaining({ status: 404 }));
});

it("a known path asked in another way is told how to ask", () =>
  expect(() => table.match("GET", "/key/generate")).toThrow(
    expect.objectContaining({ status: 405, message: expect.stringContaining("POST") }),
  ));
