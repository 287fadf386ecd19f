import { useId, useState } from "preact/hooks";

import { part, post, type Saved } from "./api";

/** Keeps the call as a test of the project. */
export function Save({ call, flow }: { call: string; flow: string }) {
  const [name, setName] = useState(`${flow} ${call.slice(-6)}`);
  const [saved, setSaved] = useState<Saved | null>(null);
  const [problem, setProblem] = useState("");
  const field = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    setSaved(null);
    setProblem("");
    post<Saved>(`/calls/${part(call)}/script`, { name }).then(setSaved, (error: unknown) =>
      setProblem(error instanceof Error ? error.message : String(error)),
    );
  };
  return (
    <form class="save" onSubmit={submit}>
      <label for={field}>
        <span>Save as test</span>
        <input
          id={field}
          value={name}
          required
          maxLength={80}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Save</button>
      <div role="status" class="result">
        {problem !== "" && <p class="problem">{problem}</p>}
        {saved !== null && (
          <>
            <p>
              Saved as <code>{saved.file}</code>.{" "}
              {saved.problem === "" ? "It passes." : <span class="problem">It does not pass yet: {saved.problem}</span>}
            </p>
            <details>
              <summary>The script</summary>
              <pre tabIndex={0}>{saved.text}</pre>
            </details>
          </>
        )}
      </div>
    </form>
  );
}
