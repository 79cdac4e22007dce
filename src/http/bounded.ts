/** What a client is told of a failure is a sentence or two: whatever a vendor makes of it, it stays small, and whole as JSON. */

import { type ErrorDetails, GatewayError } from "../canonical/error.ts";

/** Characters of a vendor's own words that clients of its language are told. */
const mostWords = 32 * 1024;
const longestMessage = 8 * 1024;
const longestName = 512;

/** The same error, unless it says too much: then its message is cut, and the vendor's own words are left out. */
export function bounded(error: GatewayError): GatewayError {
  const { message, kind, source, status, details } = error;
  const { words, param, code, type, ...rest } = details;
  const large = words !== undefined && sizeOf(words.body) > mostWords;
  if (!large && message.length <= longestMessage && isShort(param) && isShort(code) && isShort(type)) return error;
  const told: ErrorDetails = {
    ...rest,
    status,
    ...(words !== undefined && !large && { words }),
    ...(param !== undefined && { param: cut(param, longestName) }),
    ...(code !== undefined && { code: cut(code, longestName) }),
    ...(type !== undefined && { type: cut(type, longestName) }),
  };
  return new GatewayError(kind, source, cut(message, longestMessage), told);
}

const isShort = (name: string | undefined): boolean => name === undefined || name.length <= longestName;

const sizeOf = (body: unknown): number => JSON.stringify(body)?.length ?? 0;

/** No half of a character is left at the end. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 2).toWellFormed()} …`;
