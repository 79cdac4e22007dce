/** The operations a client can ask for, and the shapes each one takes. A new operation starts with a line here. */

import type { ChatEvent, ChatRequest, ChatResponse } from "./chat.ts";
import type { CountResponse } from "./count.ts";
import type { EmbedRequest, EmbedResponse } from "./embed.ts";

interface Operations {
  chat: { request: ChatRequest; response: ChatResponse; event: ChatEvent };
  embed: { request: EmbedRequest; response: EmbedResponse; event: never };
  /** How many tokens a conversation has, without answering it. */
  count: { request: ChatRequest; response: CountResponse; event: never };
}

export type Operation = keyof Operations;
export type RequestOf<O extends Operation> = Operations[O]["request"];
export type ResponseOf<O extends Operation> = Operations[O]["response"];
export type EventOf<O extends Operation> = Operations[O]["event"];
