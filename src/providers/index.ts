/** Every vendor the gateway knows. To add one, add it here. */

import { anthropic } from "./anthropic.ts";
import { azure, azureText } from "./azure.ts";
import { azureAi } from "./azure-ai.ts";
import { mock } from "./mock.ts";
import { openai, openaiLike } from "./openai.ts";
import { openaiCompatible } from "./openai-compatible.ts";
import { openaiCompatibleClouds } from "./openai-compatible-clouds.ts";
import { openaiCompatibleHosts } from "./openai-compatible-hosts.ts";
import { openaiCompatibleMakers } from "./openai-compatible-makers.ts";
import { openaiCompatibleServers } from "./openai-compatible-servers.ts";
import type { Provider } from "./provider.ts";

export const providers: ReadonlyMap<string, Provider> = new Map(
  [
    openai,
    anthropic,
    azure,
    azureText,
    azureAi,
    ...openaiLike,
    ...openaiCompatibleMakers,
    ...openaiCompatibleHosts,
    ...openaiCompatible,
    ...openaiCompatibleClouds,
    ...openaiCompatibleServers,
    mock,
  ].map((provider) => [provider.id, provider]),
);
