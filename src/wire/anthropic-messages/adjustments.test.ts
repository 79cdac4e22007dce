/** What providers change for older and newer models. */
import { describe, expect, it } from "vitest";
import { withEffort, withOutputTool, withoutEffort, withoutForeignThoughts } from "./adjustments.ts";
import { betasOf } from "./betas.ts";

describe("for a certain model", () => {
  const plain = { model: "m", messages: [{ role: "user", content: "Hi" }] };

  it.each([withOutputTool, withEffort, withoutEffort, withoutForeignThoughts])(
    "%o leaves a body alone that needs nothing",
    (adjust) => {
      expect(adjust(plain)).toBe(plain);
    },
  );

  it("a schema becomes a tool that must be used, unless there are others or the model thinks", () => {
    const output_format = { type: "json_schema", schema: { type: "object" } };
    const forced: any = withOutputTool({ ...plain, output_format });
    expect(forced).not.toHaveProperty("output_format");
    expect(forced.tools[0].input_schema).toBe(output_format.schema);
    expect(forced.tool_choice).toEqual({ type: "tool", name: forced.tools[0].name });
    expect(withOutputTool({ ...plain, output_format, tools: [{ name: "a" }] })).not.toHaveProperty("tool_choice");
    expect(withOutputTool({ ...plain, output_format, thinking: { type: "enabled" } })).not.toHaveProperty(
      "tool_choice",
    );
  });

  it("a budget becomes an effort, and an effort goes where it is not known", () => {
    const budget = { ...plain, thinking: { type: "enabled", budget_tokens: 4096, display: "summarized" } };
    const effort = {
      ...plain,
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
    };
    expect(withEffort(budget)).toEqual(effort);
    expect(withoutEffort(effort)).toEqual(plain);
    expect(withoutEffort({ ...effort, output_config: { effort: "low", format: 1 } })).toEqual({
      ...plain,
      output_config: { format: 1 },
    });
  });

  it("thoughts of other vendors go, and turns that held nothing else", () => {
    const thought = (signature: unknown) => ({ type: "thinking", thinking: "hm", signature });
    const own = { role: "assistant", content: [thought("EqQB"), { type: "text", text: "a" }] };
    const mixed = {
      role: "assistant",
      content: [thought(""), thought("gAAAAx"), thought(null), { type: "text", text: "b" }],
    };
    const body = { ...plain, messages: [own, mixed, { role: "assistant", content: [thought("")] }] };
    const adjusted: any = withoutForeignThoughts(body);
    expect(adjusted.messages).toEqual([own, { role: "assistant", content: [{ type: "text", text: "b" }] }]);
    expect(adjusted.messages[0]).toBe(own);
  });

  it.each([
    [{ output_format: {} }, ["structured-outputs-2025-11-13"]],
    [{ context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } }, ["context-management-2025-06-27"]],
    [{ context_management: { edits: [{ type: "compact_20260112" }] } }, ["compact-2026-01-12"]],
    [
      { tools: [{ type: "computer_20250124" }, { name: "a", defer_loading: true }] },
      ["computer-use-2025-01-24", "advanced-tool-use-2025-11-20"],
    ],
    [{ mcp_servers: [{}] }, ["mcp-client-2025-04-04"]],
    [
      { messages: [{ content: [{ type: "document", source: { type: "file", file_id: "f" } }] }] },
      ["files-api-2025-04-14"],
    ],
    [{ tools: [{ type: "web_search_20250305" }, { type: "toString" }] }, []],
  ])("%j announces %j", (body, betas) => {
    expect(betasOf(body)).toEqual(betas);
  });
});
