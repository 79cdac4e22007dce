/** The fixtures are whole: each can be read, names its source, and its stream is one. */
import { describe, expect, it } from "vitest";
import { fixtureNames, readFixture } from "./fixture.ts";

describe.each(fixtureNames())("%s", (name) => {
  const fixture = readFixture(name);
  it("says what was asked and what was answered", () => {
    expect(fixture.request).toBeTypeOf("object");
    expect(fixture.response ?? fixture.stream).toBeDefined();
    expect(fixture.status).toBeGreaterThanOrEqual(200);
  });
  it("has a stream whose data is JSON", () => {
    const lines = (fixture.stream ?? "").split(/\r?\n/);
    for (const line of lines) {
      expect(line).toMatch(/^($|:|data:|event: |id: |retry: )/);
      if (line.startsWith("data:") && line !== "data: [DONE]") expect(JSON.parse(line.slice(5))).toBeTypeOf("object");
    }
  });
});

it("refuses a name that leaves the folder", () => {
  expect(() => readFixture("../package")).toThrow("format/case");
  expect(() => readFixture("openai-chat/none")).toThrow("no fixture");
});
