import { afterEach, beforeEach, expect, test, vi } from "vitest";

// @ts-expect-error plain JavaScript, as Streamlit loads it
import show from "../../components/progress.js";

interface Part { textContent: string; style: { width: string }; setAttribute: (name: string, value: unknown) => void }

const part = (): Part => ({ textContent: "", style: { width: "" }, setAttribute: () => {} });

let parts: Record<string, Part>;
let answers: { status: number; body?: object }[];
let told: number;

const run = (): (() => void) =>
  show({
    data: { address: "progress/token", label: "LIME", done: 0.1, what: "" },
    parentElement: { querySelector: (name: string) => parts[name] },
    setTriggerValue: () => { told += 1; },
  });

beforeEach(() => {
  vi.useFakeTimers();
  parts = { ".text": part(), ".bar": part(), ".fill": part() };
  answers = [];
  told = 0;
  vi.stubGlobal("document", { baseURI: "http://host/read" });
  vi.stubGlobal("fetch", async () => {
    const { status, body } = answers.length > 1 ? answers.shift()! : answers[0];
    return { ok: status === 200, status, json: async () => body };
  });
});

afterEach(() => { vi.useRealTimers(); vi.unstubAllGlobals(); });

test("draws progress until the job is over and tells the page", async () => {
  answers = [{ status: 200, body: { done: 0.5, what: "half", over: false } }, { status: 200, body: { done: 1, what: "half", over: true } }];
  const stop = run();
  await vi.advanceTimersByTimeAsync(0);
  expect(parts[".text"].textContent).toBe("LIME: half");
  expect(parts[".fill"].style.width).toBe("50%");
  expect(told).toBe(0);
  await vi.advanceTimersByTimeAsync(250);
  expect(told).toBe(1);
  stop();
});

test("tells the page again, later each time, until the bar is taken away", async () => {
  answers = [{ status: 200, body: { done: 1, what: "", over: true } }];
  const stop = run();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(told).toBe(2);
  await vi.advanceTimersByTimeAsync(1999);
  expect(told).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toBe(3);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toBe(3);
});

test("a job that is gone is over", async () => {
  answers = [{ status: 404 }];
  const stop = run();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toBe(1);
  expect(parts[".fill"].style.width).toBe("10%");
  stop();
});
