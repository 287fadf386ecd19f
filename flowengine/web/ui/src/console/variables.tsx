import type { Variables } from "./api";
import { value } from "./words";

/** The variables of the flows under way; what the present moment has changed stands out. */
export function VariableList({ shown, before }: { shown: Variables[]; before: Variables[] }) {
  const isEmpty = shown.every((one) => Object.keys(one.values).length === 0);
  return (
    <section class="card variables" aria-labelledby="variables">
      <h2 id="variables">Variables</h2>
      {isEmpty && <p class="hint">None is set.</p>}
      {shown.map((one, index) => {
        const earlier = before[index]?.flow === one.flow ? before[index]?.values : undefined;
        return (
          Object.keys(one.values).length > 0 && (
            <dl key={index} aria-label={`Variables of ${one.flow}`}>
              {shown.length > 1 && <p class="hint">{one.flow}</p>}
              {Object.entries(one.values).map(([name, now]) => (
                <div key={name} class={earlier !== undefined && value(earlier[name]) === value(now) ? "" : "changed"}>
                  <dt>{name}</dt>
                  <dd>{value(now)}</dd>
                </div>
              ))}
            </dl>
          )
        );
      })}
    </section>
  );
}
