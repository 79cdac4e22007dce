/** What a gateway says when it has started: where it is, who may enter, and what to try first. */

import type { Notice } from "../config/config.ts";
import { noticeText } from "../config/report.ts";
import type { OwnKey } from "./admin-key.ts";

export interface Greeting {
  readonly version: string;
  readonly url: string;
  readonly dataDir: string;
  readonly database: string;
  /** The key that the gateway made for itself. */
  readonly own: OwnKey | undefined;
  readonly open: boolean;
  readonly groups: readonly string[];
  /** Without a configuration: the vendors whose keys the environment holds. */
  readonly vendors: readonly string[] | undefined;
  readonly notices: readonly Notice[];
}

/** Names shown before the rest is only counted. */
const shown = 12;

export function greeting(about: Greeting): string {
  const { version, url, dataDir, database, groups } = about;
  const problems = about.notices.filter(({ severity }) => severity !== "note");
  const lines = [
    "",
    `  Gatehouse ${version}`,
    "",
    `  Address     ${url}`,
    `  Admin key   ${keyLine(about)}`,
    `  Models      ${groups.slice(0, shown).join(", ")}${groups.length > shown ? `, and ${groups.length - shown} more` : ""}`,
    ...(about.vendors ? [`  Providers   ${vendorLine(about.vendors)}`] : []),
    `  Data        ${dataDir} (${database} database)`,
    ...(problems.length > 0 ? ["", ...problems.slice(0, 20).map((notice) => `  ${noticeText(notice)}`)] : []),
    ...(problems.length > 20 ? [`  and ${problems.length - 20} more: gatehouse check --config … lists them`] : []),
    "",
    "  Try it:",
    "",
    ...firstRequest(about),
    "",
  ];
  return lines.join("\n");
}

function keyLine({ own, open }: Greeting): string {
  if (open) return "none: requests need no key";
  if (!own) return "the one you configured";
  if (own.made !== undefined)
    return `${own.made}\n              (generated now and shown only once; stored as a hash in ${own.file})`;
  return `was shown when it was generated, ${own.since}. To get a new one, delete ${own.file} and restart.`;
}

const vendorLine = (vendors: readonly string[]): string =>
  vendors.length === 0
    ? "none yet: set a provider's API key in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, …) and restart"
    : `${vendors.join(", ")}: API keys found in the environment; use "provider/model"`;

function firstRequest({ url, own, open, groups }: Greeting): string[] {
  const model = groups.includes("mock/echo")
    ? "mock/echo"
    : (groups.find((name) => !name.includes("*")) ?? "mock/echo");
  const key = own?.made ?? "$GATEHOUSE_ADMIN_KEY";
  return [
    `    curl ${url}/v1/chat/completions \\`,
    ...(open ? [] : [`      -H "Authorization: Bearer ${key}" \\`]),
    '      -H "Content-Type: application/json" \\',
    `      -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello, Gatehouse"}]}'`,
  ];
}
