/** Reads `guardrails`: which there are, when they run, and their options in our words. */

import type { GuardrailConfig } from "../config.ts";
import type { Notices } from "../notices.ts";
import { readSection, readValue, type Values } from "../section.ts";
import { plain, type Tree } from "../tree.ts";
import { guardrailKeys, guardrailParamKeys } from "./keys/guardrail.ts";

/** Their name of a kind of guardrail, and ours. */
const types: Readonly<Record<string, string>> = {
  litellm_content_filter: "content-filter",
  "content-filter": "content-filter",
};

const moments: Readonly<Record<string, GuardrailConfig["when"][number]>> = {
  pre_call: "request",
  during_call: "beside",
  post_call: "answer",
};

export function readGuardrails(
  list: readonly Tree[],
  skipSystem: boolean,
  notices: Notices,
): readonly GuardrailConfig[] {
  const found: GuardrailConfig[] = [];
  for (const [index, item] of list.entries()) {
    const guardrail = readGuardrail(item, `guardrails[${index}]`, skipSystem, notices);
    if (!guardrail) continue;
    if (found.some(({ name }) => name === guardrail.name))
      notices.error(item, `guardrails[${index}].guardrail_name`, `"${guardrail.name}" stands twice.`, "Rename one.");
    else found.push(guardrail);
  }
  return found;
}

function readGuardrail(item: Tree, path: string, skipSystem: boolean, notices: Notices): GuardrailConfig | undefined {
  const { guardrail_name: name, litellm_params: params } = readSection(item, path, guardrailKeys, notices);
  if (!name) notices.error(item, path, "This entry has no `guardrail_name`.", "Write the name that requests use.");
  if (!params)
    notices.error(item, path, "This entry has no `litellm_params`.", "Write `guardrail:` and `mode:` below it.");
  if (!name || !params) return undefined;
  const at = `${path}.litellm_params`;
  const options: Record<string, unknown> = {};
  const known = readSection(params, at, guardrailParamKeys, notices, {
    unknown: (key, value) => {
      options[ours(key)] = inOurWords(value);
    },
  });
  const type = known.guardrail === undefined ? undefined : types[known.guardrail];
  if (!type) {
    tellType(known, item, at, notices);
    return undefined;
  }
  return {
    name,
    type,
    when: known.mode ? readModes(known.mode, `${at}.mode`, notices) : ["request"],
    always: known.default_on ?? false,
    onFailure: known.unreachable_fallback === "fail_open" || known.fail_on_error === false ? "pass" : "refuse",
    opaque: "scan",
    timeout: known.guardrail_timeout ?? 10,
    options: (known.skip_system_message_in_guardrail ?? skipSystem) ? { ...options, skipSystem: true } : options,
  };
}

/** One that was to run always is missed with every request, so the gateway does not start without it. */
function tellType(known: Values<typeof guardrailParamKeys>, item: Tree, path: string, notices: Notices): void {
  const kind = known.guardrail ?? "none";
  const served = `Supported: ${Object.keys(types)[0]}.`;
  if (known.default_on)
    notices.broken(
      item,
      `${path}.guardrail`,
      `The guardrail "${kind}" is not supported yet, and it was to check every request.`,
      `${served} Without \`default_on\`, only requests that ask for it are refused.`,
    );
  else
    notices.warning(
      item,
      `${path}.guardrail`,
      `Not supported yet: the guardrail "${kind}". A request that asks for it is refused.`,
      served,
    );
}

function readModes(tree: Tree, path: string, notices: Notices): GuardrailConfig["when"] {
  const words = tree.kind === "map" ? modesByTag(tree, path, notices) : readValue(tree, path, "texts", notices);
  const when = new Set<GuardrailConfig["when"][number]>();
  for (const word of words ?? []) {
    const moment = Object.hasOwn(moments, word) ? moments[word] : undefined;
    if (moment) when.add(moment);
    else
      notices.warning(
        tree,
        path,
        `Not supported yet: the mode "${word}".`,
        `Supported: ${Object.keys(moments).join(", ")}.`,
      );
  }
  return [...when];
}

function modesByTag(tree: Tree & { kind: "map" }, path: string, notices: Notices): readonly string[] | undefined {
  if (tree.entries.has("tags"))
    notices.broken(
      tree,
      path,
      "Not supported yet: modes by tag. Requests with such a tag would not be checked.",
      "Write one mode, or a list of modes, for all requests.",
    );
  const found = tree.entries.get("default")?.value;
  return found && readValue(found, `${path}.default`, "texts", notices);
}

/** "blocked_words" → "blockedWords" */
const ours = (key: string): string => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function inOurWords(tree: Tree): unknown {
  if (tree.kind === "leaf") return plain(tree);
  if (tree.kind === "list") return tree.items.map(inOurWords);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [ours(key), inOurWords(value)]));
}
