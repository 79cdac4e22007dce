/** The page of docs that lists the vendors, written from the rack so that it is never out of date. */

import type { Auth, Provider, Route } from "./provider.ts";

/** Markdown; the same for the same rack. */
export function providersPage(providers: Iterable<Provider>): string {
  const all = [...providers];
  const rows = all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(lineOf);
  return [
    "# Providers",
    "",
    "<!-- Written by scripts/docs.mjs from src/providers. Edit those, and run `node_modules/.bin/node scripts/docs.mjs`. -->",
    "",
    "Write `model: provider/model` in a deployment. The key is taken from `api_key`, or from the first environment",
    "variable listed here that is set; the address from `api_base`, the environment, or the base URL listed here.",
    "",
    `${rows.length} providers:`,
    "",
    "| prefix | name | base URL | key from | base URL from | key sent as | formats |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...credentials(all),
  ].join("\n");
}

/** The settings by which vendors know a deployment, or which stand in their addresses, and the variables that fill them. */
function credentials(all: readonly Provider[]): readonly string[] {
  const vendors = new Map<string, string[]>();
  for (const { id, env } of all)
    for (const { names, usual = {} } of env.settings ?? [])
      for (const [name, variables] of Object.entries(names)) {
        const otherwise = usual[name] === undefined ? "" : `; else \`${usual[name]}\``;
        const line = `\`${name}\` | ${listed(variables)}${otherwise}`;
        vendors.set(line, [...(vendors.get(line) ?? []), `\`${id}/\``]);
      }
  return [
    "## Credentials other than a key",
    "",
    "Settings of the deployment take precedence over the environment. A deployment with an `api_key`, or with settings",
    "below that form a credential, takes no key and no other credential from the environment. Fetched tokens are kept",
    "until shortly before they expire, shared by all deployments with the same credential, and fetched again when the",
    "provider rejects one.",
    "",
    ...remarks,
    "",
    "| setting | from | used by |",
    "| --- | --- | --- |",
    ...[...vendors].map(([line, ids]) => `| ${line} | ${ids.join(", ")} |`),
    "",
  ];
}

const remarks = [
  "- AWS: keys that are set; else those of `aws_role_name`, assumed with the available keys, or with the token in",
  "  `aws_web_identity_token` (a path, or `oidc/file/…`, `oidc/env/…`, `oidc/env_path/…`); else those of a web identity",
  "  file, a profile of `~/.aws`, the container, or the machine. Profiles that sign in with a browser or run a program are",
  "  not supported.",
  "- Azure: `tenant_id`, `client_id` and `client_secret`, or a workload identity token instead of the secret.",
  "- Databricks: `client_id` and `client_secret` of a service principal.",
  "- watsonx: an `api_key` is exchanged at IBM Cloud; `token` and `zen_api_key` are sent as they are.",
  "- GitHub Copilot: the gateway cannot sign you in. The GitHub token is read from the file where another program stored",
  "  it when you signed in (see [configuration](configuration.md)), or set as `api_key`; a key that is not a GitHub token",
  "  is sent as it is.",
];

function lineOf(provider: Provider): string {
  const { id, name, baseUrl, env, auth } = provider;
  const base = baseUrl === undefined ? "set `api_base`" : `\`${baseUrl}\``;
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
      return auth.orKey ? "bearer, else AWS signature" : "AWS signature";
    case "client-credentials":
      return `${sentBy(auth.key)}, or the token of a client`;
    case "ibm-iam":
      return "IAM token for the key";
    case "github-copilot":
      return "Copilot token for GitHub's";
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
