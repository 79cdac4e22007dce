/** Answers that build on stored ones. */
import { expect, it } from "vitest";
import { expanded, inputItems, pageOf, previousNotFound, responseNotFound, resumed } from "./chain.ts";
import { error } from "./error.ts";
import { openaiResponses } from "./index.ts";

const output = [
  { type: "reasoning", id: "rs_1", summary: [] },
  { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "gAAAAx" },
  {
    type: "message",
    id: "msg_1",
    role: "assistant",
    phase: null,
    content: [{ type: "output_text", text: "Blue.", annotations: [] }],
  },
];
const turn = { input: inputItems("Why?", "resp_1"), output };

it("names what was asked, so that it can be listed", () => {
  expect(turn.input).toEqual([
    { id: "in_1_0", type: "message", role: "user", content: [{ type: "input_text", text: "Why?" }] },
  ]);
});

it("puts what was said before in front, without thoughts that only their vendor can look up", () => {
  const body = expanded({ model: "m", input: "And at night?", previous_response_id: "resp_1", temperature: 1 }, [turn]);
  expect(body).toEqual({
    model: "m",
    temperature: 1,
    input: [
      { type: "message", role: "user", content: [{ type: "input_text", text: "Why?" }] },
      output[1],
      // Its id would tell the vendor that a thought is missing.
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Blue.", annotations: [] }] },
      { role: "user", content: "And at night?" },
    ],
  });
  expect(openaiResponses.request.decode(body).messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
});

it("leaves ids where no thought is missing", () => {
  const { input } = expanded({ input: "And at night?" }, [{ ...turn, output: output.slice(1) }]);
  expect(input).toMatchObject([{}, { id: "rs_2" }, { id: "msg_1" }, {}]);
});

it("takes back what it put in front, for whoever keeps it, and not what was changed since", () => {
  const asked = { model: "m", input: [{ role: "user", content: "And at night?" }], previous_response_id: "resp_1" };
  const whole = expanded(asked, [turn, turn]);
  expect(resumed(whole, "resp_1", [turn, turn])).toEqual(asked);
  const masked = { ...whole, input: (whole["input"] as object[]).map((item) => ({ ...item, masked: true })) };
  expect(resumed(masked, "resp_1", [turn, turn])["input"]).toEqual([{ ...asked.input[0], masked: true }]);
  expect(resumed({ input: "text" }, "resp_1", [turn])).toEqual({ input: "text" });
});

it("looks up what is referred to", () => {
  const { input } = expanded(
    {
      input: [
        { type: "item_reference", id: "msg_1" },
        { type: "item_reference", id: "msg_9" },
      ],
    },
    [turn],
  );
  expect((input as unknown[]).slice(-2)).toMatchObject([{ type: "message" }, { type: "item_reference", id: "msg_9" }]);
});

it("lists page by page, newest first", () => {
  const items = [1, 2, 3].map((id) => ({ id: String(id) }));
  expect(pageOf(items, { limit: 2 })).toEqual({
    object: "list",
    data: [items[2], items[1]],
    first_id: "3",
    last_id: "2",
    has_more: true,
  });
  expect(pageOf(items, { limit: 2, after: "2" })).toMatchObject({ data: [items[0]], has_more: false });
  expect(pageOf([], {})).toEqual({ object: "list", data: [], first_id: null, last_id: null, has_more: false });
});

it("tells of an answer that is not there as the vendor does", () => {
  expect(error.encode(previousNotFound("resp_none"))).toMatchObject({
    error: { param: "previous_response_id", code: "previous_response_not_found", type: "invalid_request_error" },
  });
  expect(responseNotFound("resp_none")).toMatchObject({ status: 404 });
});
