/** Who is asked a long question. */
import { afterAll, describe, expect, it } from "vitest";
import { chatOf, configOf, houseOf, refusalOf } from "../../test/house.ts";

const deployment = (id: string, maxInput: number | undefined, group = "m") =>
  configOf("mock", "echo", { id, group, mock: id, facts: maxInput === undefined ? {} : { maxInput } });
const houses: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(houses.map((one) => one.close())));
const ask = async (words: number, more: Partial<Parameters<typeof houseOf>[0]> = {}) => {
  const house = houseOf({
    deployments: [deployment("small", 20), deployment("large", 2000), deployment("long", undefined, "other")],
    routing: { checksLength: true },
    ...more,
  });
  houses.push(house);
  const exchange = chatOf({ body: { messages: [{ role: "user", content: "word ".repeat(words) }] } });
  await house.gateway.handle(exchange);
  return exchange.notes.deployment?.id;
};

describe("a long question", () => {
  it("is asked of those that can take it in", async () => {
    expect(await ask(2)).toBe("small");
    expect(await ask(100)).toBe("large");
  });

  it("that nobody can take in is refused, with both numbers, or asked of those who stand in for that", async () => {
    const error = await refusalOf(ask(3000));
    expect([error.status, error.kind]).toEqual([400, "context-too-long"]);
    expect(error.message).toMatch(/Max Input Tokens=2000, Got=30\d\d/);
    const contextFallbacks = new Map([["m", ["other"]]]);
    expect(await ask(3000, { routing: { checksLength: true, contextFallbacks } })).toBe("long");
  });

  it("is nobody's business where the operator did not ask for the check", async () => {
    expect(await ask(3000, { routing: {} })).toBe("small");
  });
});
