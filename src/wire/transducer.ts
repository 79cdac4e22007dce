/** A step of a stream: each input yields any number of outputs, and the end may yield more. Synchronous, and pure but for its own state. */
export interface Transducer<In, Out> {
  push(input: In): readonly Out[];
  end(): readonly Out[];
}

/** One step after another. */
export function compose<A, B, C>(first: Transducer<A, B>, second: Transducer<B, C>): Transducer<A, C> {
  const feed = (middles: readonly B[], outputs: C[]): C[] => {
    for (const middle of middles) for (const output of second.push(middle)) outputs.push(output);
    return outputs;
  };
  return {
    push: (input) => feed(first.push(input), []),
    end: () => {
      const outputs = feed(first.end(), []);
      for (const output of second.end()) outputs.push(output);
      return outputs;
    },
  };
}

/** Runs a stream that is already in memory. */
export function run<In, Out>(step: Transducer<In, Out>, inputs: Iterable<In>): Out[] {
  const outputs: Out[] = [];
  for (const input of inputs) outputs.push(...step.push(input));
  outputs.push(...step.end());
  return outputs;
}

/**
 * Runs a stream as it arrives: one batch of outputs for each input that yields any. Whoever stops reading stops the
 * source: cancellation travels up as `return`.
 */
export async function* pump<In, Out>(
  source: AsyncIterable<In>,
  step: Transducer<In, Out>,
): AsyncGenerator<readonly Out[]> {
  for await (const input of source) {
    const outputs = step.push(input);
    if (outputs.length > 0) yield outputs;
  }
  const rest = step.end();
  if (rest.length > 0) yield rest;
}
