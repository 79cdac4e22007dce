/** The kinds of sinks. A new one is a file beside this one and a word in the list. */

import { file } from "./file.ts";
import { otlp } from "./otlp.ts";
import type { SinkKind } from "./sink.ts";
import { webhook } from "./webhook.ts";

export const sinkKinds: readonly SinkKind[] = [file, otlp, webhook];
