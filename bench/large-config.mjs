/** Writes a configuration with any number of deployments: a fifth of them serve the model that is asked. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export function largeConfig(folder, deployments) {
  const entries = Array.from({ length: deployments }, (_, i) => {
    const model = i % 5 === 0 ? "chat" : `other-${Math.floor(i / 50)}-${i % 5}`;
    return `  - { model_name: ${model}, litellm_params: { model: openai/gpt-fake, api_base: os.environ/BENCH_OPENAI_BASE, api_key: fake-key-${i}, input_cost_per_token: 0.0000001, output_cost_per_token: 0.0000004 } }`;
  });
  const file = join(folder, `config-${deployments}.yaml`);
  writeFileSync(file, `model_list:\n${entries.join("\n")}\nrouter_settings:\n  num_retries: 0\n`);
  return file;
}
