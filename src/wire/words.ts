/** A body that is being written, field by field, so that what is not said is not there. */

export type Words = Record<string, unknown>;

export function put(words: Words, key: string, value: unknown): void {
  if (value !== undefined) words[key] = value;
}

/** The fields that nobody interpreted, where nothing else was written under their names. */
export function putRest(words: Words, extra: Readonly<Record<string, unknown>> | undefined): void {
  if (extra) for (const key of Object.keys(extra)) if (!(key in words)) words[key] = extra[key];
}
