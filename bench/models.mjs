/** The aliases of config.yaml, for contenders that are asked by the vendor's own names. */
export const upstreamModels = {
  chat: "gpt-fake",
  stream: "gpt-fake+tokens=64",
  paced: "gpt-fake+tokens=64,pace=20",
  claude: "claude-fake",
  "claude-stream": "claude-fake+tokens=64",
};
