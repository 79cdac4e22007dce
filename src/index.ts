/** The library: the languages, the vendors and the gateway, for programs that bring their own door. */

export type { Caller } from "./canonical/caller.ts";
export { Cancel } from "./canonical/cancel.ts";
export { collect, replay } from "./canonical/collect.ts";
export { GatewayError } from "./canonical/error.ts";
export { Secret } from "./canonical/secret.ts";
export { type Catalogue, loadCatalogue } from "./config/catalogue.ts";
export type { Config } from "./config/config.ts";
export { type Loaded, type LoadOptions, loadConfig } from "./config/load.ts";
export type { Exchange, Notes, Reply, Stage } from "./exchange.ts";
export { createGateway, type Gateway, type Parts } from "./gateway.ts";
export { createWire, type Wire } from "./net/send.ts";
export { providers } from "./providers/index.ts";
export { splitModel } from "./providers/model-name.ts";
export type { Provider } from "./providers/provider.ts";
export { createMemoryMeters } from "./state/counters/memory.ts";
export { nextReset } from "./state/database/periods.ts";
export { createTokenizer } from "./upstream/tokenizer.ts";
export { anthropicCount } from "./wire/anthropic-count/index.ts";
export { anthropicMessages } from "./wire/anthropic-messages/index.ts";
export type { Format, Frame } from "./wire/format.ts";
export { sseDecoder, sseText } from "./wire/framing/sse.ts";
export { openaiChat } from "./wire/openai-chat/index.ts";
export { openaiCompletions } from "./wire/openai-completions/index.ts";
export { openaiEmbeddings } from "./wire/openai-embeddings/index.ts";
export { openaiResponses } from "./wire/openai-responses/index.ts";
export { compose, pump, run, type Transducer } from "./wire/transducer.ts";
