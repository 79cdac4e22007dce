/** The answer as it streams. https://platform.openai.com/docs/api-reference/chat-streaming */

import type { EventCodec } from "../format.ts";
import { chunkDecoder } from "./decoder.ts";
import { chunkEncoder } from "./encoder.ts";
import { chunkSkimmer } from "./skimmer.ts";

export const events: EventCodec<"chat"> = { decoder: chunkDecoder, encoder: chunkEncoder, skim: chunkSkimmer };
