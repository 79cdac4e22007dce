/** The requests of the bench: what a client asks, how large, in which language. */

const paths = { openai: "/v1/chat/completions", anthropic: "/v1/messages" };
const endMarks = { openai: "[DONE]", anthropic: "message_stop" };

/** A chat of about so many bytes, in turns of two kilobytes at most. */
function messages(bytes) {
  const turns = [];
  for (let left = bytes; left > 0; left -= 2000)
    turns.push({
      role: turns.length % 2 === 0 ? "user" : "assistant",
      content: "The gate is open, and ".repeat(100).slice(0, Math.min(left, 2000)),
    });
  if (turns.length % 2 === 0) turns.pop();
  return turns;
}

/** A job for the load generator. */
export function job(
  contender,
  { alias = "chat", language = "openai", bytes = 1900, stream = false, connections, requests, ...rest },
) {
  const body = {
    model: contender.model(alias),
    ...(language === "anthropic" ? { max_tokens: 1024 } : {}),
    messages: messages(bytes),
    ...(stream ? { stream: true } : {}),
  };
  const headers =
    language === "anthropic" ? { ...contender.headers, "anthropic-version": "2023-06-01" } : contender.headers;
  return {
    url: contender.url,
    path: paths[language],
    headers: (contender.keys ?? [undefined]).map((key) =>
      key === undefined ? headers : { ...headers, authorization: `Bearer ${key}` },
    ),
    body: JSON.stringify(body),
    connections,
    requests,
    ...(stream ? { endMark: endMarks[language] } : {}),
    ...rest,
  };
}
