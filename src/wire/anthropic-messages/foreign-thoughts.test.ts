/** What becomes of a conversation that began with another vendor. */
import { expect, it } from "vitest";
import { withoutForeignThoughts } from "./foreign-thoughts.ts";

const thought = (signature: unknown) => ({ type: "thinking", thinking: "hm", signature });
const own = { role: "assistant", content: [thought("EqQB"), { type: "text", text: "a" }] };

it("a body that holds none stays the same object", () => {
  for (const body of [
    {},
    { messages: [own, { role: "user", content: "Hi" }] },
    { messages: [{ role: "user", content: [thought("")] }] },
  ])
    expect(withoutForeignThoughts(body)).toBe(body);
});

it("thoughts of other vendors go, and turns that held nothing else", () => {
  const mixed = {
    role: "assistant",
    content: [thought(""), thought("gAAAAx"), thought(null), { type: "text", text: "b" }],
  };
  const body = { model: "m", messages: [own, mixed, { role: "assistant", content: [thought("")] }] };
  const adjusted = withoutForeignThoughts(body);
  expect(adjusted).toEqual({
    model: "m",
    messages: [own, { role: "assistant", content: [{ type: "text", text: "b" }] }],
  });
  expect((adjusted["messages"] as unknown[])[0]).toBe(own);
});
