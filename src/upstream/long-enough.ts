/** Leaves out deployments whose model cannot take in so long a question, before they are asked. */

import { GatewayError } from "../canonical/error.ts";
import { promptBound } from "../canonical/prompt-bound.ts";
import type { Exchange } from "../exchange.ts";
import { type Group, poolOf } from "./directory.ts";
import type { Tokenizer } from "./tokenizer.ts";

type Pools = Group["pools"];

/** The same pools where all can. It is counted only where the question might be too long. Throws where nobody can. */
export async function longEnough(
  { request }: Exchange,
  { name, pools }: Pick<Group, "name" | "pools">,
  { countRequest }: Pick<Tokenizer, "countRequest">,
): Promise<Pools> {
  const { value, quote } = request;
  const smallest = least(pools);
  if (!("messages" in value) || promptBound(value, quote?.size).most <= smallest) return pools;
  const tokens = await countRequest(value);
  if (tokens <= smallest) return pools;
  const able = pools
    .map(({ deployments }) => poolOf(deployments.filter(({ model }) => tokens <= (model.maxInput ?? tokens))))
    .filter(({ deployments }) => deployments.length > 0);
  if (able.length > 0) return able;
  throw new GatewayError(
    "context-too-long",
    "gateway",
    `The question is too long for every deployment of the model. Model=${name}, Max Input Tokens=${most(pools)}, Got=${tokens}.`,
    { param: "messages", code: "context_length_exceeded" },
  );
}

const limits = (pools: Pools): readonly number[] =>
  pools.flatMap(({ deployments }) => deployments.map(({ model }) => model.maxInput ?? Number.POSITIVE_INFINITY));

const least = (pools: Pools): number => Math.min(...limits(pools));
const most = (pools: Pools): number => Math.max(...limits(pools));
