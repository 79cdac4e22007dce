/** Words before the slash that LiteLLM knows, and no declaration here does yet. */

/** With the OpenAI-compatible address that the provider has besides, where it has one. */
const unserved: Readonly<Record<string, string>> = {
  // https://ai.google.dev/gemini-api/docs/openai
  gemini: "https://generativelanguage.googleapis.com/v1beta/openai",
  // https://docs.cohere.com/docs/compatibility-api
  cohere: "https://api.cohere.ai/compatibility/v1",
  cohere_chat: "https://api.cohere.ai/compatibility/v1",
  // https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/
  cloudflare: "https://api.cloudflare.com/client/v4/accounts/ACCOUNT/ai/v1",
  // https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview
  vertex_ai: "https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION/endpoints/openapi",
};

const others = new Set(
  "a2a a2a_agent agentcore aleph_alpha anthropic_text auto_router aws_polly bedrock black_forest_labs bytez cursor custom deepgram dotprompt elevenlabs exa_ai fal_ai gigachat humanloop infinity jina_ai langflow langfuse langgraph linkup manus maritalk milvus nlp_cloud nvidia_riva oci petals predibase recraft replicate runwayml sagemaker sagemaker_chat sagemaker_nova sap soniox stability text-completion-codestral topaz triton vertex_ai_beta voyage watsonx_text".split(
    " ",
  ),
);

/** What to do about a provider that is known, and not served; undefined: nobody knows it. */
export function insteadOf(provider: string): string | undefined {
  const address = Object.hasOwn(unserved, provider) ? unserved[provider] : undefined;
  if (address !== undefined)
    return `Use its OpenAI-compatible endpoint: \`model: openai/…\` with \`api_base: ${address}\`.`;
  return others.has(provider)
    ? "Use `openai/…` with `api_base`, where it has an OpenAI-compatible endpoint."
    : undefined;
}
