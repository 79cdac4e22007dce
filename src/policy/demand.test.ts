/** What every request must say, and must not. */
import { describe, expect, it } from "vitest";
import { chatOf, deploymentOf, exchangeOf, houseOf, type Question, refusalOf } from "../../test/house.ts";
import type { Demands } from "../config/config.ts";
import { anthropicMessages } from "../wire/anthropic-messages/index.ts";

const house = (demands: Partial<Demands>) =>
  houseOf({
    deployments: [deploymentOf("http://unused", { provider: "mock", model: "echo", mock: "well" })],
    access: { demands: { endUser: false, fields: [], serviceFields: [], noTags: false, ...demands } },
  }).gateway;
const ask = (demands: Partial<Demands>, question: Question = {}) => house(demands).handle(chatOf(question));

describe("a request", () => {
  it("without a field that every request needs is refused, and the field is named", async () => {
    const error = await refusalOf(ask({ fields: ["metadata.team"] }, { body: { metadata: { other: 1 } } }));
    expect([error.status, error.details.param]).toEqual([400, "metadata.team"]);
    expect(error.message).toContain("please pass param=metadata.team");
    await ask({ fields: ["metadata.team", "temperature"] }, { body: { metadata: { team: "a" }, temperature: 0 } });
  });

  it("must name its end user where that is wanted: in the body, in a header, or where Anthropic has it", async () => {
    expect((await refusalOf(ask({ endUser: true }))).details.param).toBe("user");
    expect((await refusalOf(ask({ fields: ["user"] }, { body: { user: "" } }))).details.param).toBe("user");
    await ask({ endUser: true }, { body: { user: "u" } });
    await ask({ endUser: true }, { controls: { endUser: "u" } });
    const message = { model: "m", max_tokens: 1, messages: [{ role: "user", content: "hi" }] };
    const asked = house({ endUser: true });
    await asked.handle(exchangeOf(anthropicMessages, { ...message, metadata: { user_id: "u" } }));
    expect((await refusalOf(asked.handle(exchangeOf(anthropicMessages, message)))).details.param).toBe("user");
  });

  it("of a service account needs more, and so does that of a key which says so itself", async () => {
    const demands = { serviceFields: ["user"] };
    await ask(demands);
    const service = { caller: { metadata: { service_account_id: "s" } } };
    expect((await refusalOf(ask(demands, service))).details.param).toBe("user");
    const own = { caller: { metadata: { enforced_params: ["seed"] } } };
    expect((await refusalOf(ask({}, own))).details.param).toBe("seed");
    await ask({}, { ...own, body: { seed: 1 } });
  });

  it("brings no tags where they are not taken", async () => {
    expect((await refusalOf(ask({ noTags: true }, { controls: { tags: ["a"] } }))).status).toBe(400);
    await ask({ noTags: true }, { controls: { tags: [] } });
    await ask({}, { controls: { tags: ["a"] } });
  });
});
