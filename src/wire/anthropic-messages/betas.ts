/** The `anthropic-beta` names that a body cannot do without: https://docs.anthropic.com/en/api/beta-headers. */

import type { Body } from "../format.ts";
import { fieldsOf, isFields, itemsOf, textOf } from "../reader.ts";

const structured = "structured-outputs-2025-11-13";
const contextManagement = "context-management-2025-06-27";
const advancedTools = "advanced-tool-use-2025-11-20";

/** By the type of a tool. */
const ofTools: Readonly<Record<string, string>> = {
  computer_20241022: "computer-use-2024-10-22",
  computer_20250124: "computer-use-2025-01-24",
  computer_20251124: "computer-use-2025-11-24",
  code_execution_20250522: "code-execution-2025-05-22",
  code_execution_20250825: "code-execution-2025-08-25",
  web_fetch_20250910: "web-fetch-2025-09-10",
  memory_20250818: contextManagement,
  advisor_20260301: "advisor-tool-2026-03-01",
};

/** In the order they were found, each once. */
export function betasOf(body: Body): readonly string[] {
  const betas = new Set<string>();
  if (isFields(body["output_format"])) betas.add(structured);
  if (itemsOf(body["mcp_servers"]).length > 0) betas.add("mcp-client-2025-04-04");
  if (itemsOf(fieldsOf(body["container"])["skills"]).length > 0) betas.add("skills-2025-10-02");
  for (const edit of itemsOf(fieldsOf(body["context_management"])["edits"])) addOfEdit(betas, edit);
  for (const tool of itemsOf(body["tools"])) addOfTool(betas, tool);
  if (itemsOf(body["messages"]).some(namesFile)) betas.add("files-api-2025-04-14");
  return [...betas];
}

function addOfEdit(betas: Set<string>, edit: unknown): void {
  const compacts = textOf(fieldsOf(edit)["type"])?.startsWith("compact_") === true;
  betas.add(compacts ? "compact-2026-01-12" : contextManagement);
}

function addOfTool(betas: Set<string>, tool: unknown): void {
  const words = fieldsOf(tool);
  const type = textOf(words["type"]) ?? "";
  const beta = Object.hasOwn(ofTools, type) ? ofTools[type] : undefined;
  if (beta !== undefined) betas.add(beta);
  const advanced =
    type.startsWith("tool_search_tool_") ||
    words["defer_loading"] === true ||
    words["input_examples"] !== undefined ||
    words["allowed_callers"] !== undefined;
  if (advanced) betas.add(advancedTools);
}

const namesFile = (message: unknown): boolean => itemsOf(fieldsOf(message)["content"]).some(isFile);

const isFile = (block: unknown): boolean => {
  const { type, source } = fieldsOf(block);
  return type === "container_upload" || fieldsOf(source)["type"] === "file";
};
