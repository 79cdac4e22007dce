/** Asks an identity service for a token: bounded in time and bytes, and with errors that say who would not give one, and why. */

import { open } from "node:fs/promises";
import { GatewayError, kindOfStatus } from "../../canonical/error.ts";
import type { Answer, Draft, Send } from "../draft.ts";
import type { SharedTokens } from "./token.ts";

/** What is needed to fetch a token. */
export interface ExchangeParts {
  readonly send: Send;
  readonly now: () => number;
}

export interface TokenParts extends ExchangeParts {
  readonly shared: SharedTokens;
}

/** Milliseconds: a client is waiting. */
const patience = 10_000;
const mostBytes = 256 * 1024;
/** Of a refusal's own words. */
const mostWords = 300;

interface AskOptions {
  /** What was sent, and may not come back in an error. */
  readonly secrets: readonly string[];
  readonly remedy: string;
  readonly patience?: number;
}

/** The answer's text; any status but 2xx is an error. */
export async function ask({ send }: ExchangeParts, draft: Draft, options: AskOptions): Promise<string> {
  const { host } = new URL(draft.url);
  const milliseconds = options.patience ?? patience;
  let answer: Answer;
  let text: string;
  try {
    const times = { headTimeout: milliseconds, idleTimeout: milliseconds, maxBytes: mostBytes };
    answer = await send(draft, { ...times, egress: "configured" });
    text = new TextDecoder().decode(await answer.bytes());
  } catch (cause) {
    const error = cause instanceof GatewayError ? cause : undefined;
    const kind = error?.kind ?? "unreachable";
    throw new GatewayError(kind, "upstream", `${host}: ${error?.message ?? "it cannot be reached"}`, { cause });
  }
  if (answer.status >= 200 && answer.status < 300) return text;
  throw refused(host, answer.status, text, options);
}

/** The answer as an object of JSON; anything else is an error. */
export async function askForJson(
  parts: ExchangeParts,
  draft: Draft,
  options: AskOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const found = parsed(await ask(parts, draft, options));
  if (found) return found;
  throw unreadable(draft);
}

export const unreadable = ({ url }: Draft): GatewayError =>
  new GatewayError("bad-gateway", "upstream", `${new URL(url).host} answered without a token`);

/** Bodies as RFC 6749 has them. What is undefined is left out. */
export function formOf(fields: Readonly<Record<string, string | undefined>>): string {
  const said = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return new URLSearchParams(said).toString();
}

export const formHeaders = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };

/** RFC 6749 §5.1. A service that does not say how long a token holds is asked again soon. */
export function bearerIn(answer: Readonly<Record<string, unknown>>, draft: Draft): { value: string; lifetime: number } {
  const { access_token: value, expires_in: seconds } = answer;
  // A line break in it would be another header.
  if (typeof value !== "string" || value === "" || /[\r\n\0]/.test(value)) throw unreadable(draft);
  const length = Number(seconds ?? Number.NaN);
  return { value, lifetime: Number.isFinite(length) ? length * 1000 : unsaid };
}

/** Milliseconds. */
const unsaid = 300_000;
const mostFile = 64 * 1024;

/** A token that something else keeps in a file, and changes there. */
export async function readToken(path: string, remedy: string): Promise<string> {
  const token = (await readText(path, remedy)).trim();
  if (token !== "") return token;
  throw new GatewayError("unauthenticated", "gateway", `${path} is empty; ${remedy}`);
}

export async function readText(path: string, remedy: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(mostFile), 0, mostFile, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new GatewayError("unauthenticated", "gateway", `${path} cannot be read; ${remedy}`, { cause });
  }
}

/** A signed token, or the path of the file where it is kept; such files are written anew every few hours. */
export async function shownToken(token: string, remedy: string): Promise<string> {
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return token;
  if (token.startsWith("/") || /^[A-Za-z]:[\\/]/.test(token)) return await readToken(token, remedy);
  throw new GatewayError(
    "unauthenticated",
    "gateway",
    "the identity token is neither a token nor the path of a file; write the whole path",
  );
}

function refused(host: string, status: number, text: string, { secrets, remedy }: AskOptions): GatewayError {
  // A credential that is refused comes as 400 from some (RFC 6749 §5.2), as 401 or 403 from others.
  const kind =
    status === 400 || status === 403 ? "unauthenticated" : status < 400 ? "bad-gateway" : kindOfStatus(status);
  const clean = secrets.reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "***")), text);
  const words = wordsOf(clean).slice(0, mostWords);
  const said = words === "" ? "" : `, ${words}`;
  return new GatewayError(kind, "upstream", `${host} refused it (${status}${said}); ${remedy}`);
}

/** The first line of what it says, where it says it in one of the usual ways. */
function wordsOf(text: string): string {
  const body = parsed(text) ?? {};
  const names = ["error_description", "errorMessage", "message", "error", "Message"];
  const word = names.map((name) => body[name]).find((value) => typeof value === "string");
  const code = typeof body["error"] === "string" && body["error"] !== word ? `${body["error"]}: ` : "";
  const inXml = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  return typeof word === "string" ? `${code}${word.split(/[\r\n]/, 1)[0] ?? ""}` : (inXml ?? "");
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found)
      ? (found as Record<string, unknown>)
      : undefined;
  } catch {
    // Whoever asked says what that means.
    return undefined;
  }
}
