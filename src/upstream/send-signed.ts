/** Sends what was signed, and once more with a new token where the vendor refused the old one. */

import type { Answer, Draft, Send, SendOptions, Sign } from "../net/draft.ts";

interface Signed {
  readonly sign: Sign;
  /** What was prepared, and what it became. */
  readonly plain: Draft;
  readonly draft: Draft;
}

/** A vendor that refuses a request has not worked on it: to ask again is no second question. */
export async function sendSigned({ sign, plain, draft }: Signed, send: Send, options: SendOptions): Promise<Answer> {
  const answer = await send(draft, options);
  if (answer.status !== 401 && answer.status !== 403) return answer;
  if (sign.forget?.(draft, answer.status) !== true) return answer;
  answer.discard();
  return await send(await sign(plain), options);
}
