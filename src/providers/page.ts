/** The page of docs that lists the vendors, written from the rack so that it is never out of date. */

import type { Auth, Provider, Route } from "./provider.ts";

/** Markdown; the same for the same rack. */
export function providersPage(providers: Iterable<Provider>): string {
  const rows = [...providers].sort((a, b) => (a.id < b.id ? -1 : 1)).map(lineOf);
  return [
    "# Vendors",
    "",
    "<!-- Written by scripts/docs.mjs from src/providers. Edit those, and run `node_modules/.bin/node scripts/docs.mjs`. -->",
    "",
    "Write `model: vendor/model` in a deployment. The key is taken from `api_key`, or from the first of the named",
    "environment variables that is set; the address from `api_base`, the environment, or the base shown here.",
    "",
    `${rows.length} vendors:`,
    "",
    "| vendor | name | base | key from | base from | sent | speaks |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function lineOf(provider: Provider): string {
  const { id, name, baseUrl, env, auth } = provider;
  const base = baseUrl === undefined ? "`api_base` must say" : `\`${baseUrl}\``;
  const cells = [`\`${id}/\``, name, base, listed(env.key), listed(env.base ?? []), sentBy(auth), spoken(provider)];
  return `| ${cells.join(" | ")} |`;
}

const listed = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

function sentBy(auth: Auth): string {
  const optional = "optional" in auth && auth.optional ? ", if any" : "";
  switch (auth.scheme) {
    case "none":
      return "no key";
    case "bearer":
      return `bearer${optional}`;
    case "header":
      return `\`${auth.name}\`${optional}`;
    case "query":
      return `\`?${auth.name}=\``;
    case "aws-sigv4":
      return "AWS signature";
    case "google-oauth":
      return "Google token";
  }
}

/** What it speaks for a model of no special name. */
function spoken({ serves }: Provider): string {
  const languages: string[] = [];
  for (const served of Object.values(serves)) {
    const route = typeof served === "function" ? served("model", {}) : served;
    for (const { format } of [route, ...((route.also ?? []) as readonly Pick<Route<"chat">, "format">[])])
      if (!languages.includes(format.id)) languages.push(format.id);
  }
  return languages.join(", ");
}
