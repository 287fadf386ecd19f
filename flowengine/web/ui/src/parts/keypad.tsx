import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  enabled: boolean;
  press(key: string): void;
  talking: boolean;
  setTalking(talking: boolean): void;
  canTalk: boolean;
  say(text: string): void;
}

const KEYS: [string, string][] = [
  ["1", ""],
  ["2", "abc"],
  ["3", "def"],
  ["4", "ghi"],
  ["5", "jkl"],
  ["6", "mno"],
  ["7", "pqrs"],
  ["8", "tuv"],
  ["9", "wxyz"],
  ["*", ""],
  ["0", "+"],
  ["#", ""],
];

const NAMES: Record<string, string> = { "*": "star", "#": "pound" };

/** Keys, microphone and words: all that a caller can do. The keys of the keyboard work as well. */
export function Keypad({ enabled, press, talking, setTalking, canTalk, say }: Props) {
  const [text, setText] = useState("");
  const keys = useRef<HTMLDivElement>(null);

  // Whoever dialled by keyboard goes on with keys of the call, not with the number that was dialled.
  useEffect(() => {
    if (enabled) {
      keys.current?.focus();
    }
  }, [enabled]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // Who looks at the console, where the phone is hidden, presses nothing.
      const shown = keys.current !== null && keys.current.offsetParent !== null;
      const typing = event.target instanceof Element && event.target.matches("input:not([type=checkbox]), select");
      if (enabled && shown && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && /^[0-9*#]$/.test(event.key)) {
        event.preventDefault();
        press(event.key);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [enabled, press]);

  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== "") {
      say(text.trim());
      setText("");
    }
  };

  return (
    <section class="card" aria-label="Keypad">
      <div class="keys" role="group" aria-label="Keys" tabIndex={-1} ref={keys}>
        {KEYS.map(([key, letters]) => (
          <button key={key} type="button" disabled={!enabled} aria-label={NAMES[key] ?? key} onClick={() => press(key)}>
            {key}
            <small aria-hidden="true">{letters}</small>
          </button>
        ))}
      </div>
      <label class="switch">
        <input
          type="checkbox"
          checked={talking}
          disabled={!canTalk}
          onChange={(event) => setTalking(event.currentTarget.checked)}
        />
        <span>{canTalk ? "Microphone" : "No sound here: open the page on this machine, or over https"}</span>
      </label>
      <form class="say" onSubmit={submit}>
        <label>
          <span>Say in words</span>
          <input
            name="say"
            value={text}
            disabled={!enabled}
            maxLength={2000}
            autocomplete="off"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={!enabled}>
          Say
        </button>
      </form>
    </section>
  );
}
