import { useEffect, useState } from "preact/hooks";

export interface Loaded<T> {
  value: T | null;
  problem: string;
  loading: boolean;
}

/** What `load` gives, again whenever one of `inputs` changes; what was there stays until the new is. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, inputs: unknown[]): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ value: null, problem: "", loading: true });
  useEffect(() => {
    const control = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(control.signal).then(
      (value) => setState({ value, problem: "", loading: false }),
      (error: unknown) => {
        if (!control.signal.aborted) {
          setState({ value: null, problem: error instanceof Error ? error.message : String(error), loading: false });
        }
      },
    );
    return () => control.abort();
  }, inputs);
  return state;
}

/** The value, once it has not changed for a moment: for what a person types. */
export function useSettled<T>(value: T, milliseconds = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
