/** The stream, both ways, and how to follow it without decoding it. */

import type { EventCodec } from "../format.ts";
import { decoder } from "./decoder.ts";
import { encoder } from "./encoder.ts";
import { skim } from "./skim.ts";

export const events: EventCodec<"chat"> = { decoder, encoder, skim };
