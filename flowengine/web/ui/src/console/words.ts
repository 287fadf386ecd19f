// How things read: times, ends, states.

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "2-digit", day: "2-digit" });
const NUMBER = new Intl.NumberFormat("en");

export function time(at: number): string {
  return TIME.format(at * 1000);
}

export function moment(at: number): string {
  return `${DAY.format(at * 1000)} ${TIME.format(at * 1000)}`;
}

export function count(value: number): string {
  return NUMBER.format(value);
}

/** `0:07`, `1:02:30`: how long something took. */
export function length(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "0 %" : `${Math.round((100 * part) / whole)} %`;
}

const STATES: Record<string, string> = {
  listen: "listens",
  record: "records",
  dial: "rings",
  conference: "in a conference",
  enqueue: "in a queue",
  fetch: "fetches data",
  send_text: "sends a text",
  flow: "the flow hung up",
  caller: "the caller hung up",
  reject: "rejected",
  redirect: "handed on",
  error: "error",
  "limit-": "a limit was reached",
  waits: "would still go on",
};

export function stateWords(state: string): string {
  return STATES[state] ?? (state.startsWith("limit-") ? `limit of ${state.slice(6)} reached` : state);
}

export const ENDINGS = ["flow", "caller", "reject", "redirect", "error", "limit-"] as const;

/** The beginning of a day of the calendar here, in Unix seconds; empty for no day. */
export function dayStart(date: string, daysLater = 0): string {
  if (date === "") {
    return "";
  }
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return String(new Date(year, month - 1, day + daysLater).getTime() / 1000);
}

/** A day as `<input type="date">` has it; `ago` days before today. */
export function dayOf(ago: number): string {
  const now = new Date();
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - ago);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
}

export function value(of: unknown): string {
  return typeof of === "string" ? `"${of}"` : (JSON.stringify(of) ?? "none");
}
