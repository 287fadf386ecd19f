// Where in the page we are: the part of the address after its #, so that the way back works as everywhere.

import { useEffect, useState } from "preact/hooks";

export interface Route {
  view: string;
  name: string;
}

function read(): Route {
  const [view = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return { view, name: safely(rest.join("/")) };
}

function safely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function href(view: string, name = ""): string {
  return name === "" ? `#/${view}` : `#/${view}/${encodeURIComponent(name)}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const changed = () => setRoute(read());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
