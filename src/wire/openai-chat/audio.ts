/** Sound in a message, which OpenAI's chat and Responses say alike: https://platform.openai.com/docs/guides/audio */

import type { AudioPart } from "../../canonical/part.ts";
import { type Fields, pathOf, requiredFields, requiredString } from "../reader.ts";
import type { Words } from "../words.ts";

export function decodeAudio(part: Fields, path: string): AudioPart {
  const at = pathOf(path, "input_audio");
  const audio = requiredFields(part, "input_audio", path);
  const format = requiredString(audio, "format", at);
  const mediaType = format === "mp3" ? "audio/mpeg" : `audio/${format}`;
  return { type: "audio", source: { kind: "data", mediaType, data: requiredString(audio, "data", at) } };
}

/** Undefined for what is not at hand. */
export function encodeAudio({ source }: AudioPart): Words | undefined {
  if (source.kind !== "data") return undefined;
  return { type: "input_audio", input_audio: { data: source.data, format: formatOf(source.mediaType) } };
}

/** "wav" and "mp3" are what the vendor takes; others are said as they are called. */
function formatOf(mediaType: string): string {
  const name = mediaType.slice(mediaType.indexOf("/") + 1);
  if (name === "mpeg") return "mp3";
  return name === "x-wav" || name === "wave" ? "wav" : name;
}
