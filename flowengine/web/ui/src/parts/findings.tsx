import type { Project } from "../protocol";

/** What is wrong with what was saved last. */
export function Findings({ project }: { project: Project | null }) {
  const findings = project?.findings ?? [];
  return (
    <section class="card findings" aria-labelledby="findings">
      <h2 id="findings">{findings.length === 0 ? "Findings" : `Findings (${findings.length})`}</h2>
      {findings.length === 0 ? (
        <p class="hint">{project === null ? "Not known yet." : "None: the project is well."}</p>
      ) : (
        <ul>
          {findings.map((finding) => (
            <li key={`${finding.code} ${finding.file}:${finding.line}:${finding.column}`} class={finding.severity}>
              <pre tabIndex={0}>{finding.shown}</pre>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
