/** Asks for usage at the end of a stream, where the client has not. https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options */

import type { Body } from "../format.ts";
import { isFields } from "../reader.ts";

/** The same object where it is asked for already. */
export function askUsage(body: Body): Body {
  const said = body["stream_options"];
  const options = isFields(said) ? said : {};
  if (options["include_usage"] === true) return body;
  return { ...body, stream_options: { ...options, include_usage: true } };
}
