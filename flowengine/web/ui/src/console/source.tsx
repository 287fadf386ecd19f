import { useEffect, useRef } from "preact/hooks";

interface Props {
  text: string;
  line: number;
  passed?: Set<number>;
  marked?: Map<number, string>;
  label: string;
}

/** The text of a file with its present line lit, those that led there, and those that something is wrong with. */
export function SourceText({ text, line, passed, marked, label }: Props) {
  const here = useRef<HTMLLIElement>(null);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (here.current !== null && list.current !== null) {
      // Only the list moves, not the page.
      list.current.scrollTop = here.current.offsetTop - list.current.clientHeight / 2;
    }
  }, [line, text]);
  return (
    <ol class="lines" ref={list} tabIndex={0} aria-label={label}>
      {text.split("\n").map((content, index) => {
        const number = index + 1;
        const isHere = number === line;
        const mark = marked?.get(number);
        const classes = isHere ? "here" : mark !== undefined ? mark : passed?.has(number) ? "passed" : "";
        return (
          <li
            key={number}
            ref={isHere ? here : null}
            class={classes}
            {...(isHere ? { "aria-current": "step" as const } : {})}
          >
            <code>{content || " "}</code>
          </li>
        );
      })}
    </ol>
  );
}
