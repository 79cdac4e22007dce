/** The stream of the Messages API. */

import type { EventCodec } from "../format.ts";
import { decoder } from "./event-decoder.ts";
import { encoder } from "./event-encoder.ts";
import { skim } from "./skim.ts";

export const events: EventCodec<"chat"> = { decoder, encoder, skim };
