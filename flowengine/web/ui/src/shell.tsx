import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

import { App } from "./app";
import { href, type Route, useRoute } from "./route";

/** A server that only looks at calls has no phone. */
const HAS_PHONE = document.documentElement.dataset.without !== "phone";

const VIEWS: [string, string][] = [
  ...(HAS_PHONE ? ([["", "Phone"]] as [string, string][]) : []),
  ["calls", "Calls"],
  ["flows", "Flows"],
  ["changes", "Changes"],
];

/** The phone and the console, under one row of links. The phone stays while the console is looked at: a call goes on. */
export function Shell() {
  const route = useRoute();
  const known = VIEWS.some(([view]) => view !== "" && view === route.view);
  const isPhone = HAS_PHONE && !known;
  const shown = known ? route : { view: "calls", name: "" };
  const Console = useConsole(!isPhone);
  return (
    <>
      <nav class="views" aria-label="Views">
        {VIEWS.map(([view, name]) => (
          <a
            key={view}
            href={href(view)}
            {...(view === (isPhone ? "" : shown.view) ? { "aria-current": "page" as const } : {})}
          >
            {name}
          </a>
        ))}
      </nav>
      {HAS_PHONE && (
        <div hidden={!isPhone}>
          <App shown={isPhone} />
        </div>
      )}
      {!isPhone && Console !== null && <Console route={shown} />}
    </>
  );
}

/** The console's own files are only loaded when it is looked at. */
function useConsole(wanted: boolean): FunctionComponent<{ route: Route }> | null {
  const [loaded, setLoaded] = useState<{ view: FunctionComponent<{ route: Route }> } | null>(null);
  useEffect(() => {
    if (wanted && loaded === null) {
      void import("./console/console").then(({ Console }) => setLoaded({ view: Console }));
    }
  }, [wanted, loaded]);
  return loaded?.view ?? null;
}
