/** Says why a model's provider cannot be used: nobody knows it, or it is known and not supported yet. */

import type { Notices } from "../notices.ts";
import type { Place } from "../tree.ts";
import { insteadOf } from "./keys/providers.ts";

interface Named {
  readonly model: string;
  /** The provider, where the entry names it apart from the model. */
  readonly provider: string | undefined;
  /** Of the entry. */
  readonly path: string;
}

export function tellProvider({ model, provider, path }: Named, at: Place, notices: Notices): void {
  const where = `${path}.litellm_params.model`;
  const word = provider ?? model.slice(0, Math.max(0, model.indexOf("/")));
  const instead = insteadOf(word);
  if (instead !== undefined) notices.error(at, where, `Not supported yet: the provider "${word}".`, instead);
  else
    notices.error(
      at,
      where,
      provider ? `There is no provider "${provider}".` : `The provider of "${model}" is not known.`,
      "Write `provider/model`; use `openai/…` with `api_base` for any OpenAI-compatible server.",
    );
}
