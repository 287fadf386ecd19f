import type { Project } from "../protocol";

interface Props {
  project: Project | null;
  connected: boolean;
}

/** What everybody must know at once: the server is gone, or what was saved is not what answers. */
export function Banner({ project, connected }: Props) {
  const text = words(project, connected);
  return (
    <div role="alert" class="banners">
      {text !== null && <p class="banner">{text}</p>}
    </div>
  );
}

function words(project: Project | null, connected: boolean): string | null {
  if (!connected) {
    return project === null ? null : "The server does not answer. The page connects again by itself.";
  }
  switch (project?.serving) {
    case "previous":
      return "What was saved last has errors: the last good version answers calls.";
    case "none":
      return "The project has errors: no call is answered until they are mended.";
    default:
      return null;
  }
}
