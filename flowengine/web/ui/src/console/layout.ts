// Where the boxes and arrows of a picture stand.

import { Graph, layout } from "@dagrejs/dagre";

import type { Chart, ChartEdge, ChartNode } from "./api";

export interface Box {
  node: ChartNode;
  title: string;
  lines: { kind: string; text: string }[];
  x: number;
  y: number;
  width: number;
  height: number;
}

/** In a large flow: where a way goes on, in place of a long arrow. */
export interface Sign {
  target: string;
  text: string;
  x: number;
  y: number;
  width: number;
}

export interface Arrow {
  source: string;
  target: string;
  dashed: boolean;
  labels: string[];
  d: string;
  x: number;
  y: number;
}

export interface Picture {
  width: number;
  height: number;
  boxes: Map<string, Box>;
  arrows: Arrow[];
  signs: Sign[];
}

export const TITLE = 26;
export const LINE = 16;
export const FOOT = 34;
const CHARACTER = 6.7;
const MOST_LINES = 4;
const MOST_CHARACTERS = 34;
const LARGE = 40;
const MANY_WAYS = 6;
const FAR = 4;
export const SIGN = 24;

export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

/** The picture of a flow; with `feet`, each step has room for what was counted there. */
export function draw(chart: Chart, feet: boolean): Picture {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 30, edgesep: 14, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = new Map<string, Box>();
  for (const node of chart.nodes) {
    const rows = node.rows.slice(0, node.rows.length > MOST_LINES ? MOST_LINES - 1 : MOST_LINES);
    const lines = rows.map((row) => ({
      kind: row.kind,
      text: shortened(row.kind === "again" ? `↺ ${row.text}` : row.text, MOST_CHARACTERS),
    }));
    if (rows.length < node.rows.length) {
      lines.push({ kind: "more", text: `… ${node.rows.length - rows.length} more` });
    }
    const title = shortened(node.kind === "subflow" ? `run ${node.title}` : node.title, MOST_CHARACTERS);
    const longest = Math.max(title.length * 1.12, ...lines.map((line) => line.text.length), feet ? 24 : 10);
    const foot = feet && node.kind !== "subflow" ? FOOT : 0;
    const box = {
      node,
      title,
      lines,
      x: 0,
      y: 0,
      width: longest * CHARACTER + 26,
      height: TITLE + lines.length * LINE + 8 + foot,
    };
    boxes.set(node.id, box);
    graph.setNode(node.id, { width: box.width, height: box.height });
  }
  const handlers = new Set(chart.nodes.filter((node) => node.kind === "handler").map((node) => node.id));
  const far = distance(chart);
  for (const edge of chart.edges) {
    const labels = edge.labels.map((label) => shortened(label, 28)).slice(0, 4);
    // Without a size, an edge gets no place for its label.
    const longest = Math.max(feet ? 5 : 0, ...labels.map((label) => label.length));
    const width = longest > 0 ? longest * CHARACTER + 14 : 0;
    const isFar = far(edge);
    const end = isFar ? `sign:${edge.source}>${edge.target}` : edge.target;
    if (isFar) {
      const title = chart.nodes.find((node) => node.id === edge.target)?.title ?? "";
      const text = `→ ${shortened(title, 24)}`;
      graph.setNode(end, { width: text.length * CHARACTER + 20, height: SIGN, text });
    }
    graph.setEdge(edge.source, end, {
      target: edge.target,
      width,
      height: labels.length * LINE + (feet ? LINE : 0),
      labelpos: "c",
      labels,
      dashed: edge.kind === "run" || handlers.has(edge.source),
    });
  }
  layout(graph);
  for (const [id, box] of boxes) {
    const placed = graph.node(id) as { x: number; y: number };
    box.x = placed.x - box.width / 2;
    box.y = placed.y - box.height / 2;
  }
  const arrows = graph.edges().map(({ v, w }) => {
    const edge = graph.edge(v, w) as {
      points: { x: number; y: number }[];
      x?: number;
      y?: number;
      labels: string[];
      dashed: boolean;
      target: string;
    };
    return {
      source: v,
      target: edge.target,
      dashed: edge.dashed,
      labels: edge.labels,
      d: curve(edge.points),
      x: edge.x ?? 0,
      y: edge.y ?? 0,
    };
  });
  const signs = graph.edges().flatMap(({ v, w }) => {
    if (boxes.has(w)) {
      return [];
    }
    const placed = graph.node(w) as { x: number; y: number; width: number; text: string };
    const { target } = graph.edge(v, w) as { target: string };
    return [{ target, text: placed.text, x: placed.x, y: placed.y, width: placed.width }];
  });
  const size = graph.graph() as { width?: number; height?: number };
  return { width: size.width ?? 0, height: size.height ?? 0, boxes, arrows, signs };
}

/** Whether a way is too long to be drawn: in a large flow, one back, one far on, and one to where many lead. */
function distance(chart: Chart): (edge: ChartEdge) => boolean {
  if (chart.nodes.length <= LARGE) {
    return () => false;
  }
  const ways = new Map<string, number>();
  const next = new Map<string, string[]>();
  for (const { source, target } of chart.edges) {
    ways.set(target, (ways.get(target) ?? 0) + 1);
    next.set(source, [...(next.get(source) ?? []), target]);
  }
  const depths = new Map<string, number>();
  let layer = chart.nodes.filter((node) => node.start || node.kind === "handler").map((node) => node.id);
  for (let depth = 0; layer.length > 0; depth++) {
    layer.forEach((id) => depths.set(id, depth));
    layer = [...new Set(layer.flatMap((id) => next.get(id) ?? []))].filter((id) => !depths.has(id));
  }
  return ({ source, target }) => {
    const down = (depths.get(target) ?? 0) - (depths.get(source) ?? 0);
    return (ways.get(target) ?? 0) > MANY_WAYS || down <= 0 || down > FAR;
  };
}

/** A line through points, rounded at each. */
function curve(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) {
    return "";
  }
  let d = `M${first.x.toFixed(1)} ${first.y.toFixed(1)}`;
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    if (next === undefined) {
      d += `L${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
    } else {
      const x = (point.x + next.x) / 2;
      const y = (point.y + next.y) / 2;
      d += `Q${point.x.toFixed(1)} ${point.y.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`;
    }
  });
  return d;
}
