/** GitHub Copilot: a user's token of GitHub is exchanged for one of Copilot, which holds for half an hour and may name its own address. */

import type { Secret } from "../../canonical/secret.ts";
import type { Draft, Sign } from "../draft.ts";
import { tokenSigner } from "./bearer-token.ts";
import { askForJson, readToken, type TokenParts, unreadable } from "./exchange.ts";
import { type Holder, keySigner, textOf } from "./sign.ts";
import type { Token } from "./token.ts";

export interface GithubCopilot {
  readonly scheme: "github-copilot";
  readonly url: string;
  readonly urlSetting: string;
  /** The setting that names the file in which a program that signed the user in has left GitHub's token. */
  readonly fileSetting: string;
  /** Who asks: Copilot speaks to editors. */
  readonly headers: Readonly<Record<string, string>>;
}

interface CopilotToken {
  readonly token: string;
  /** Where it is to be used, where that is told. */
  readonly base: string | undefined;
}

const remedy =
  "sign in to GitHub Copilot once with a program that keeps GitHub's token in a file, and name that file by GITHUB_COPILOT_TOKEN_DIR, or give the token as api_key; nobody can be signed in from here";

/** https://github.blog/changelog/2021-03-31: GitHub's own tokens tell what they are by how they begin. Any other is Copilot's already. */
const isGithubs = (key: Secret): boolean => /^(?:gh[a-z]_|github_pat_)/.test(key.reveal());

export function copilotSigner(auth: GithubCopilot, holder: Holder, parts: TokenParts): Sign {
  const { key, owner } = holder;
  if (key && !isGithubs(key)) return keySigner({ scheme: "bearer" }, holder);
  const file = textOf(holder, auth.fileSetting);
  if (!key && file === undefined) return keySigner({ scheme: "bearer" }, holder, `: ${remedy}`);
  const url = textOf(holder, auth.urlSetting) ?? auth.url;
  const fetch = async (): Promise<Token<CopilotToken>> => {
    const github = key?.reveal() ?? (await readToken(file ?? "", remedy));
    const headers = { ...auth.headers, accept: "application/json", authorization: `token ${github}` };
    const draft: Draft = { method: "GET", url, headers };
    return tokenIn(await askForJson(parts, draft, { secrets: [github], remedy }), draft, parts.now());
  };
  const source = parts.shared([auth.scheme, url, key?.reveal(), file], fetch);
  return tokenSigner(source, {
    owner,
    secretOf: ({ token }) => token,
    put: (draft, { token, base }) => ({
      ...draft,
      url: base === undefined ? draft.url : movedTo(base, draft.url, holder),
      headers: { ...draft.headers, authorization: `Bearer ${token}` },
    }),
  });
}

function tokenIn(answer: Readonly<Record<string, unknown>>, draft: Draft, now: number): Token<CopilotToken> {
  const { token, refresh_in: seconds, expires_at: end, endpoints } = answer;
  if (typeof token !== "string" || token === "" || /[\r\n\0]/.test(token)) throw unreadable(draft);
  const api = typeof endpoints === "object" && endpoints !== null && "api" in endpoints ? endpoints.api : undefined;
  const lifetime = typeof seconds === "number" ? seconds * 1000 : typeof end === "number" ? end * 1000 - now : unsaid;
  return { value: { token, base: typeof api === "string" ? trusted(api) : undefined }, lifetime };
}

/** Milliseconds. */
const unsaid = 300_000;

/** An address that an answer names gets our prompts and a token: it has to be Copilot's, or that of a company's own GitHub. */
function trusted(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, origin } = new URL(address);
  const theirs = hostname.endsWith(".githubcopilot.com") || hostname.endsWith(".ghe.com");
  return protocol === "https:" && theirs ? origin : undefined;
}

/** What the operator wrote stays where it is. */
function movedTo(base: string, url: string, { apiBase, baseUrl }: Holder): string {
  if (apiBase !== undefined || baseUrl === undefined || !url.startsWith(baseUrl)) return url;
  return base + url.slice(baseUrl.length);
}
