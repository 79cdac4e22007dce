/** Sources of a text. Here they are annotations, each the address of a page; what other languages say is told as such where it has an address. */

import type { Citation, TextPart } from "../../canonical/part.ts";
import { type Fields, fieldsOf, numberOf, textOf } from "../reader.ts";
import type { Words } from "../words.ts";
import { formatId } from "./parts.ts";

interface Cited {
  readonly annotations: unknown[];
  /** Citations of other languages, in their own words, by text. */
  readonly foreign: unknown[][];
}

export function encodeAnnotations(texts: readonly TextPart[]): Cited {
  const cited: Cited = { annotations: [], foreign: [] };
  let from = 0;
  for (const { text, citations } of texts) {
    if (citations) encodeOf(citations, from, from + text.length, cited);
    from += text.length;
  }
  return cited;
}

function encodeOf(citations: readonly Citation[], from: number, to: number, { annotations, foreign }: Cited): void {
  const others: unknown[] = [];
  for (const { format, words } of citations) {
    if (format !== formatId) others.push(words);
    const annotation = format === formatId ? words : annotationOf(fieldsOf(words), from, to);
    if (annotation) annotations.push(annotation);
  }
  if (others.length > 0) foreign.push(others);
}

/** Anthropic's web_search_result_location and search_result_location, the flat url_citation of Responses, Gemini's {uri, title}. */
export function annotationOf(words: Fields, from: number, to: number): Words | undefined {
  const url = textOf(words["url"]) ?? textOf(words["uri"]) ?? textOf(words["source"]);
  if (url === undefined || !url.includes("://")) return undefined;
  return {
    type: "url_citation",
    url_citation: {
      start_index: numberOf(words["start_index"]) ?? numberOf(words["startIndex"]) ?? from,
      end_index: numberOf(words["end_index"]) ?? numberOf(words["endIndex"]) ?? to,
      title: textOf(words["title"]) ?? "",
      url,
    },
  };
}
