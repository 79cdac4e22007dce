/** What the calendar of budgets promises. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { after, checkPeriod, nextReset, periodAround } from "./periods.ts";

const at = (text: string): number => Date.parse(text);
const iso = (time: number): string => new Date(time).toISOString().replace(".000Z", "Z");
const units = fc.constantFrom("s", "m", "h", "d", "w", "mo");
const periods = fc.tuple(fc.integer({ min: 1, max: 400 }), units).map(([count, unit]) => `${count}${unit}`);
const moments = fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") });

describe("a budget begins anew", () => {
  it.each([
    ["30s", "2026-10-07T13:00:10Z", "2026-10-07T13:00:40Z"],
    ["30m", "2026-10-07T13:00:10Z", "2026-10-07T13:30:10Z"],
    ["2h", "2026-10-07T13:00:10Z", "2026-10-07T15:00:10Z"],
    ["24h", "2026-10-07T13:00:10Z", "2026-10-08T00:00:00Z"],
    ["1d", "2026-10-07T00:00:00Z", "2026-10-08T00:00:00Z"],
    ["2d", "2026-10-07T13:00:00Z", "2026-10-09T00:00:00Z"],
    ["7d", "2026-10-07T13:00:00Z", "2026-10-12T00:00:00Z"],
    ["7d", "2026-10-12T00:00:00Z", "2026-10-19T00:00:00Z"],
    ["1w", "2026-10-11T23:59:59Z", "2026-10-12T00:00:00Z"],
    ["30d", "2026-10-07T13:00:00Z", "2026-11-01T00:00:00Z"],
    ["1mo", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"],
    ["3mo", "2026-11-15T00:00:00Z", "2027-02-01T00:00:00Z"],
  ])("every %s, seen from %s, at %s", (period, from, end) => {
    expect(iso(nextReset(period, at(from)))).toBe(end);
  });

  it("always later than now, and at the same moment for whoever asks within one period", () => {
    fc.assert(
      fc.property(periods, moments, moments, fc.double({ min: 0, max: 1, noNaN: true }), (period, begun, now, part) => {
        const previous = nextReset(period, begun);
        const end = nextReset(period, Math.max(now, previous), previous);
        const other = Math.floor(Math.max(now, previous) + part * (end - 1 - Math.max(now, previous)));
        expect(end).toBeGreaterThan(now);
        expect(nextReset(period, other, previous)).toBe(end);
      }),
    );
  });

  it("rolls on from where it ended, however long nobody asked", () => {
    expect(nextReset("30s", 100_000, 40_000)).toBe(130_000);
  });
});

describe("a duration", () => {
  it.each([
    ["90s", "2026-10-07T00:00:00Z", "2026-10-07T00:01:30Z"],
    ["30d", "2026-01-15T12:00:00Z", "2026-02-14T12:00:00Z"],
    ["1mo", "2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z"],
  ])("of %s from %s ends at %s", (text, from, end) => {
    expect(iso(after(text, at(from)))).toBe(end);
  });

  it.each(["", "30", "d", "0d", "-1d", "1.5h", "30 d", "1y", "NaN", "99999999999s", "5000mo", "1d\0"])(
    "that is none is refused with the field and a remedy: %j",
    (text) => {
      expect(() => checkPeriod(text, "budget_duration")).toThrow(
        /^budget_duration: .* is no duration\. Give .*"30d"|"7d"/,
      );
    },
  );
});

describe("a period that nobody remembers the beginning of", () => {
  it("holds the moment that is asked about, and is the same for whoever asks within it", () => {
    fc.assert(
      fc.property(periods, moments, fc.double({ min: 0, max: 0.999, noNaN: true }), (period, moment, share) => {
        const { began, ends } = periodAround(period, moment);
        expect(began).toBeLessThanOrEqual(moment);
        expect(ends).toBeGreaterThan(moment);
        expect(periodAround(period, began + Math.floor((ends - began) * share))).toEqual({ began, ends });
      }),
    );
  });

  it.each([
    ["1d", "2026-10-07T13:00:10Z", "2026-10-07T00:00:00Z"],
    ["7d", "2026-10-07T13:00:00Z", "2026-10-05T00:00:00Z"],
    ["30d", "2026-10-07T13:00:00Z", "2026-10-01T00:00:00Z"],
    ["1mo", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z"],
  ])("of %s, seen from %s, began at %s", (period, from, began) => {
    expect(iso(periodAround(period, at(from)).began)).toBe(began);
  });
});
