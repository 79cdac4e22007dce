/** Keeps the operator's secrets out of what a vendor says: some repeat the key that they refuse, in an error, in a stream or in a header. */

import { Secret } from "../canonical/secret.ts";
import type { DeploymentConfig } from "../config/config.ts";
import type { Answer } from "../net/draft.ts";
import type { Frame } from "../wire/format.ts";
import type { Transducer } from "../wire/transducer.ts";

/** Shorter "keys" are words like "none" that people configure for vendors which want no key. */
const shortestSecret = 8;

/** Everything that the operator's configuration gives this vendor and nobody else. */
export function secretsOf({ key, settings, headers }: DeploymentConfig): readonly string[] {
  const values = [key, ...Object.values(settings), ...Object.values(headers)];
  const texts = values.map((value) => (value instanceof Secret ? value.reveal() : ""));
  return texts.filter((text) => text.length >= shortestSecret);
}

/** And what was fetched for it. */
export const withFetched = (secrets: readonly string[], fetched: string | undefined): readonly string[] =>
  fetched === undefined || fetched.length < shortestSecret ? secrets : [...secrets, fetched];

export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);

/** The same headers where none repeats a secret: nearly always. */
export function cleanHeaders(headers: Answer["headers"], secrets: readonly string[]): Answer["headers"] {
  let clean: Record<string, string> | undefined;
  for (const name in headers) {
    const value = headers[name] ?? "";
    for (const secret of secrets) {
      if (!value.includes(secret)) continue;
      clean ??= { ...headers };
      clean[name] = withoutSecrets(value, secrets);
    }
  }
  return clean ?? headers;
}

/** The frames without secrets. Only those that tell an error are searched: in others a vendor has no occasion for them. */
export function hushed(framing: Transducer<string, Frame>, secrets: readonly string[]): Transducer<string, Frame> {
  if (secrets.length === 0) return framing;
  const clean = (frames: readonly Frame[]): readonly Frame[] =>
    frames.some((frame) => tells(frame, secrets))
      ? frames.map((frame) => (tells(frame, secrets) ? cleaned(frame, secrets) : frame))
      : frames;
  return { push: (text) => clean(framing.push(text)), end: () => clean(framing.end()) };
}

const tells = ({ data }: Frame, secrets: readonly string[]): boolean =>
  data.indexOf("error") >= 0 && secrets.some((secret) => data.includes(secret));

const cleaned = ({ event, data }: Frame, secrets: readonly string[]): Frame => {
  const said = withoutSecrets(data, secrets);
  return event === undefined ? { data: said } : { event, data: said };
};
