import { useEffect, useRef } from "preact/hooks";

import type { Exchange } from "./api";
import { length } from "./words";

interface Props {
  exchanges: Exchange[] | null;
  /** The present turn, and the time of the call's beginning. */
  turn: number;
  began: number;
}

/** The carrier's requests with our documents; the one of the present turn stands out, and is open. */
export function Exchanges({ exchanges, turn, began }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const current = exchanges?.findIndex((one) => one.turn >= turn) ?? -1;
  useEffect(() => {
    const entry = box.current?.querySelector<HTMLElement>("[data-current]");
    if (box.current !== null && entry != null) {
      box.current.scrollTop = entry.offsetTop - box.current.offsetTop - 8;
    }
  }, [current]);
  return (
    <section class="card exchanges" aria-labelledby="exchanges">
      <h2 id="exchanges">Requests and documents</h2>
      {exchanges === null ? (
        <p class="hint">They are kept while the server runs, for the latest calls: not for this one.</p>
      ) : (
        <div class="scroll" ref={box} tabIndex={0} role="region" aria-label="List of requests">
          {exchanges.map((one, index) => (
            <details
              key={index}
              open={index === current}
              {...(index === current ? { "data-current": "" } : {})}
              class={index > current ? "later" : ""}
            >
              <summary title={one.path}>
                <span class="number">{length(one.at - began)}</span> {one.method} {short(one.path)}{" "}
                <span class="hint">
                  {one.status}, {(one.seconds * 1000).toFixed(1)} ms
                </span>
              </summary>
              <div class="pair">
                <pre tabIndex={0} aria-label="Request">
                  {Object.entries(one.fields)
                    .map(([name, content]) => `${name}: ${content}`)
                    .join("\n") || "(nothing)"}
                </pre>
                <pre tabIndex={0} aria-label="Document">
                  {pretty(one.body) || "(no document)"}
                </pre>
              </div>
            </details>
          ))}
        </div>
      )}
    </section>
  );
}

/** A path without the long parts that nobody reads: tokens and ids. */
function short(path: string): string {
  return path.replace(/[^/]{16,}/g, "…");
}

/** A document with a line for each element. */
function pretty(body: string): string {
  if (/^[[{]/.test(body)) {
    try {
      return JSON.stringify(JSON.parse(body), null, 2);
    } catch {
      return body;
    }
  }
  if (!body.startsWith("<")) {
    return body;
  }
  let depth = 0;
  return body
    .replace(/>\s*</g, ">\n<")
    .split("\n")
    .map((line) => {
      if (line.startsWith("</")) {
        depth -= 1;
      }
      const indented = "  ".repeat(Math.max(0, depth)) + line;
      if (/^<[^/?!]/.test(line) && !line.includes("</") && !line.endsWith("/>")) {
        depth += 1;
      }
      return indented;
    })
    .join("\n");
}
