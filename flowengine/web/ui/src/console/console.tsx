import "./console.css";

import { useEffect } from "preact/hooks";

import { Banner } from "../parts/banner";
import type { Route } from "../route";
import { type FlowRow, get } from "./api";
import { Calls } from "./calls";
import { Changes } from "./changes";
import { Flows } from "./flows";
import { useNews } from "./news";
import { OneCall } from "./onecall";
import { useLoaded } from "./use";

const TITLES: Record<string, string> = { calls: "Calls", flows: "Flows", changes: "Changes" };

/** Calls that go on and calls that are over, the flows that they are in, and what an edit changes for them. */
export function Console({ route }: { route: Route }) {
  const call = route.view === "calls" ? route.name : "";
  const news = useNews(call);
  const flows = useLoaded((signal) => get<FlowRow[]>("/flows", {}, signal), [news.saves]);
  const names = flows.value?.map((flow) => flow.name) ?? [];
  const title = TITLES[route.view] ?? "Calls";

  useEffect(() => {
    document.title = `${route.name || title} · Flowengine`;
  }, [route.name, title]);

  return (
    <>
      <header class="top">
        <h1>{call !== "" ? "Call" : title}</h1>
        <p class={news.connected ? "connected" : "disconnected"} role="status">
          {news.connected ? "Connected" : "Not connected"}
        </p>
      </header>
      <Banner project={news.project} connected={news.connected} />
      {route.view === "flows" ? (
        <Flows flows={flows.value ?? []} name={route.name} project={news.project} saves={news.saves} />
      ) : route.view === "changes" ? (
        <Changes flows={names} saves={news.saves} />
      ) : call !== "" ? (
        <OneCall key={call} call={call} turns={news.turns} saves={news.saves} />
      ) : (
        <Calls news={news} flows={names} />
      )}
    </>
  );
}
