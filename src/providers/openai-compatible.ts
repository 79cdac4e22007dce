/** Vendors that speak OpenAI without an accent: a row each. Bases that nobody documents must be said by the deployment. */

import { awsSettings, awsSigned } from "./aws.ts";
import type { Provider } from "./provider.ts";
import { row } from "./row.ts";

export const openaiCompatible: readonly Provider[] = [
  row("abliteration", "Abliteration", "https://api.abliteration.ai/v1", "ABLITERATION_API_KEY"),
  row("ai21", "AI21", "https://api.ai21.com/studio/v1", "AI21_API_KEY", { bases: ["AI21_API_BASE"] }),
  row("ai21_chat", "AI21 chat", "https://api.ai21.com/studio/v1", "AI21_API_KEY", {
    bases: ["AI21_API_BASE"],
    maxTokens: true,
  }),
  row("aihubmix", "AIHubMix", "https://aihubmix.com/v1", "AIHUBMIX_API_KEY", {
    bases: ["AIHUBMIX_API_BASE"],
    embeddings: true,
  }),
  row("aiml", "AI/ML API", "https://api.aimlapi.com/v1", "AIML_API_KEY", {
    bases: ["AIML_API_BASE"],
    embeddings: true,
  }),
  row("amazon_nova", "Amazon Nova API (API key)", "https://api.nova.amazon.com/v1", "AMAZON_NOVA_API_KEY"),
  row("anyscale", "Anyscale Endpoints", "https://api.endpoints.anyscale.com/v1", "ANYSCALE_API_KEY", {
    bases: ["ANYSCALE_API_BASE"],
  }),
  row("apertis", "Apertis (Stima)", "https://api.stima.tech/v1", "STIMA_API_KEY", {
    completions: true,
    embeddings: true,
    maxTokens: true,
  }),
  row("assemblyai", "AssemblyAI LLM Gateway", "https://llm-gateway.assemblyai.com/v1", "ASSEMBLYAI_API_KEY"),
  row("baseten", "Baseten", "https://inference.baseten.co/v1", "BASETEN_API_KEY", { bases: ["BASETEN_API_BASE"] }),
  row(
    "bedrock_mantle",
    "Amazon Bedrock Mantle",
    "https://bedrock-mantle.{region_name}.api.aws/v1",
    ["BEDROCK_MANTLE_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"],
    {
      responses: true,
      auth: awsSigned("bedrock-mantle", "region_name", true),
      settings: awsSettings("region_name", "us-east-1", ["BEDROCK_MANTLE_REGION"]),
    },
  ),
  row("cerebras", "Cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", {
    bases: ["CEREBRAS_API_BASE"],
    maxTokens: true,
    asksUsage: false,
  }),
  row(
    "charity_engine",
    "Charity Engine",
    "https://api.charityengine.services/remotejobs/v2/inference",
    "CHARITY_ENGINE_API_KEY",
    { maxTokens: true },
  ),
  row("chutes", "Chutes", "https://llm.chutes.ai/v1", "CHUTES_API_KEY", {
    completions: true,
    embeddings: true,
    maxTokens: true,
  }),
  row("clarifai", "Clarifai", "https://api.clarifai.com/v2/ext/openai/v1", ["CLARIFAI_PAT", "CLARIFAI_API_KEY"], {
    bases: ["CLARIFAI_API_BASE"],
  }),
  row("codestral", "Codestral chat", "https://codestral.mistral.ai/v1", "CODESTRAL_API_KEY", {
    bases: ["CODESTRAL_API_BASE"],
  }),
  row("cognition", "Cognition", undefined, "COGNITION_API_KEY"),
  row("cometapi", "CometAPI", "https://api.cometapi.com/v1", ["COMETAPI_KEY", "COMETAPI_API_KEY"], {
    bases: ["COMETAPI_API_BASE", "COMETAPI_BASE_URL"],
    embeddings: true,
  }),
  row("compactifai", "CompactifAI", "https://api.compactif.ai/v1", "COMPACTIFAI_API_KEY", { completions: true }),
  row(
    "crusoe",
    "Crusoe Managed Inference",
    "https://managed-inference-api-proxy.crusoecloud.com/v1",
    "CRUSOE_API_KEY",
    { bases: ["CRUSOE_API_BASE"], maxTokens: true },
  ),
  row("darkbloom", "Darkbloom", undefined, "DARKBLOOM_API_KEY"),
  row(
    "dashscope",
    "Alibaba DashScope (Qwen)",
    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "DASHSCOPE_API_KEY",
    { bases: ["DASHSCOPE_API_BASE"], completions: true },
  ),
  row(
    "docker_model_runner",
    "Docker Model Runner",
    "http://localhost:22088/engines/llama.cpp",
    "DOCKER_MODEL_RUNNER_API_KEY",
    { bases: ["DOCKER_MODEL_RUNNER_API_BASE"], keyless: true },
  ),
  row("empiriolabs", "EmpirioLabs", undefined, "EMPIRIOLABS_API_KEY", { responses: true }),
  row("empower", "Empower", "https://app.empower.dev/api/v1", "EMPOWER_API_KEY", { bases: ["EMPOWER_API_BASE"] }),
  row(
    "featherless_ai",
    "Featherless AI",
    "https://api.featherless.ai/v1",
    ["FEATHERLESS_AI_API_KEY", "FEATHERLESS_API_KEY"],
    { bases: ["FEATHERLESS_API_BASE"], completions: true },
  ),
  row("friendliai", "FriendliAI", "https://api.friendli.ai/serverless/v1", ["FRIENDLI_TOKEN", "FRIENDLIAI_API_KEY"], {
    bases: ["FRIENDLI_API_BASE"],
    completions: true,
  }),
  row("galadriel", "Galadriel", "https://api.galadriel.com/v1", "GALADRIEL_API_KEY", { bases: ["GALADRIEL_API_BASE"] }),
  row("gdc", "Google Distributed Cloud", undefined, "GDC_API_KEY"),
  row("github", "GitHub Models", "https://models.inference.ai.azure.com", "GITHUB_API_KEY", {
    bases: ["GITHUB_API_BASE"],
  }),
  row("gmi", "GMI Cloud", "https://api.gmi-serving.com/v1", "GMI_API_KEY"),
  row("helicone", "Helicone AI Gateway", "https://ai-gateway.helicone.ai", "HELICONE_API_KEY", {
    completions: true,
    embeddings: true,
  }),
  row("hyperbolic", "Hyperbolic", "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY", {
    bases: ["HYPERBOLIC_API_BASE"],
    completions: true,
  }),
  row("inception", "Inception Labs", "https://api.inceptionlabs.ai/v1", "INCEPTION_API_KEY"),
  row("lambda_ai", "Lambda AI", "https://api.lambda.ai/v1", "LAMBDA_API_KEY", {
    bases: ["LAMBDA_API_BASE"],
    completions: true,
  }),
  row("lemonade", "Lemonade (AMD local server)", "http://localhost:8000/api/v1", "LEMONADE_API_KEY", {
    bases: ["LEMONADE_API_BASE"],
    keyless: true,
  }),
  row("libertai", "LibertAI", undefined, "LIBERTAI_API_KEY"),
  row("llamafile", "llamafile", "http://localhost:8080/v1", "LLAMAFILE_API_KEY", {
    bases: ["LLAMAFILE_API_BASE"],
    completions: true,
    embeddings: true,
    keyless: true,
  }),
  row("llamagate", "LlamaGate", "https://api.llamagate.dev/v1", "LLAMAGATE_API_KEY", {
    embeddings: true,
    maxTokens: true,
  }),
  row("lm_studio", "LM Studio", undefined, "LM_STUDIO_API_KEY", {
    bases: ["LM_STUDIO_API_BASE"],
    completions: true,
    embeddings: true,
    keyless: true,
  }),
  row("meta", "Meta", undefined, "META_API_KEY", { responses: true }),
  row("meta_llama", "Meta Llama API", "https://api.llama.com/compat/v1", "LLAMA_API_KEY", {
    bases: ["LLAMA_API_BASE"],
    completions: true,
  }),
  row("modelscope", "ModelScope", "https://api-inference.modelscope.cn/v1", "MODELSCOPE_API_KEY"),
  row("monet", "Monet", undefined, "MONET_API_KEY"),
  row("morph", "Morph", "https://api.morphllm.com/v1", "MORPH_API_KEY", { bases: ["MORPH_API_BASE"] }),
  row("nano-gpt", "NanoGPT", "https://nano-gpt.com/api/v1", "NANOGPT_API_KEY", {
    completions: true,
    embeddings: true,
    maxTokens: true,
  }),
  row("nebius", "Nebius AI Studio", "https://api.studio.nebius.ai/v1", "NEBIUS_API_KEY", {
    bases: ["NEBIUS_API_BASE"],
    completions: true,
    embeddings: true,
  }),
  row("neosantara", "Neosantara", undefined, "NEOSANTARA_API_KEY", { responses: true }),
  row("novita", "Novita AI", "https://api.novita.ai/v3/openai", "NOVITA_API_KEY", {
    bases: ["NOVITA_API_BASE"],
    completions: true,
  }),
  row("nscale", "Nscale", "https://inference.api.nscale.com/v1", "NSCALE_API_KEY", { bases: ["NSCALE_API_BASE"] }),
  row("ovhcloud", "OVHcloud AI Endpoints", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", "OVHCLOUD_API_KEY", {
    bases: ["OVHCLOUD_API_BASE"],
    embeddings: true,
    keyless: true,
  }),
  row("parasail", "Parasail", "https://api.parasail.io/v1", "PARASAIL_API_KEY", { responses: true }),
  row("pinstripes", "Pinstripes", undefined, "PINSTRIPES_API_KEY", { embeddings: true, responses: true }),
  row("poe", "Poe", "https://api.poe.com/v1", "POE_API_KEY", { completions: true, embeddings: true, maxTokens: true }),
  row("publicai", "PublicAI", "https://api.publicai.co/v1", "PUBLICAI_API_KEY", {
    bases: ["PUBLICAI_API_BASE"],
    maxTokens: true,
    flatten: true,
  }),
  row("qwen_ai_platform", "Qwen AI Platform", undefined, "QWEN_AI_PLATFORM_API_KEY", { embeddings: true }),
  row("qwencloud", "Qwen Cloud", undefined, "QWENCLOUD_API_KEY", { embeddings: true }),
  row("salad_cloud", "Salad Cloud", "https://ai.salad.cloud/v1", "SALAD_CLOUD_API_KEY"),
  row("scaleway", "Scaleway Generative APIs", "https://api.scaleway.ai/v1", "SCW_SECRET_KEY", { embeddings: true }),
  row("scx-ai", "SCX.ai", undefined, "SCX_AI_API_KEY"),
  row("synthetic", "Synthetic", "https://api.synthetic.new/openai/v1", "SYNTHETIC_API_KEY", {
    completions: true,
    embeddings: true,
    maxTokens: true,
  }),
  row("tencent", "Tencent Hunyuan", undefined, "TENCENT_API_KEY"),
  row("tensormesh", "Tensormesh", "https://serverless.tensormesh.ai/v1", "TENSORMESH_INFERENCE_API_KEY", {
    completions: true,
    responses: true,
  }),
  row("v0", "v0 by Vercel", "https://api.v0.dev/v1", "V0_API_KEY", { bases: ["V0_API_BASE"], completions: true }),
  row("veniceai", "Venice AI", "https://api.venice.ai/api/v1", "VENICE_AI_API_KEY"),
  row(
    "vercel_ai_gateway",
    "Vercel AI Gateway",
    "https://ai-gateway.vercel.sh/v1",
    ["VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"],
    { bases: ["VERCEL_AI_GATEWAY_API_BASE"], embeddings: true },
  ),
  row("wandb", "Weights & Biases Inference", "https://api.inference.wandb.ai/v1", "WANDB_API_KEY", {
    bases: ["WANDB_API_BASE"],
    completions: true,
  }),
  row("xiaomi_mimo", "Xiaomi MiMo", "https://api.xiaomimimo.com/v1", "XIAOMI_MIMO_API_KEY", { maxTokens: true }),
  row("xinference", "Xinference", "http://127.0.0.1:9997/v1", "XINFERENCE_API_KEY", {
    bases: ["XINFERENCE_API_BASE"],
    embeddings: true,
    keyless: true,
  }),
];
