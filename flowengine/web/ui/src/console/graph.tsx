// The picture of a flow, which can be moved and looked at closely.

import { select } from "d3-selection";
import { zoom, type ZoomBehavior, zoomIdentity } from "d3-zoom";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";

import type { Chart, Statistics } from "./api";
import { type Arrow, type Box, draw, FOOT, LINE, SIGN, TITLE } from "./layout";
import { count, percent } from "./words";

interface Props {
  chart: Chart;
  /** The box at which the call stands, and those and the ways that it has been to. */
  here?: string;
  visited?: Set<string>;
  ways?: Set<string>;
  statistics?: Statistics | null;
  choose?(id: string): void;
}

const CLOSEST = 2;
const READABLE = 0.6;
const SMALLEST = 0.45;
const SCROLL_BAR = 20;
const MARGIN = 6;
const NONE: Set<string> = new Set();

export function FlowGraph({ chart, here = "", visited = NONE, ways = NONE, statistics = null, choose }: Props) {
  const picture = useMemo(() => draw(chart, statistics !== null), [chart, statistics !== null]);
  const svg = useRef<SVGSVGElement>(null);
  const stage = useRef<SVGGElement>(null);
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null);

  // Not any more once somebody has moved it.
  const isFitted = useRef(true);

  const fit = useCallback(() => {
    const element = svg.current;
    if (element === null || behavior.current === null) {
      return;
    }
    // Small text is better than boxes that are cut off. But what nobody can read helps nobody: a large flow is shown
    // from its beginning instead.
    const room = Math.min(1, element.clientWidth / (picture.width || 1));
    const byWidth = room < SMALLEST ? READABLE : room;
    // As high as the picture is, as far as the style sheet allows it.
    element.style.height = `${Math.ceil(picture.height * byWidth) + 2 * MARGIN}px`;
    const { clientWidth: width, clientHeight: height } = element;
    const whole = Math.min(width / (picture.width || 1), (height - 2 * MARGIN) / (picture.height || 1));
    const scale = Math.min(1, Math.max(whole, Math.min(byWidth, READABLE)));
    const start = [...picture.boxes.values()].find((box) => box.node.start);
    const fits = picture.width * scale <= width || start === undefined;
    const middle = fits ? picture.width / 2 : start.x + start.width / 2;
    isFitted.current = true;
    behavior.current.transform(
      select(element),
      zoomIdentity.translate(width / 2 - middle * scale, MARGIN).scale(scale),
    );
  }, [picture]);

  useEffect(() => {
    const element = svg.current;
    if (element === null) {
      return;
    }
    const made = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.1, CLOSEST])
      // A finger or a wheel scrolls the page, as everywhere; two fingers, or Ctrl with the wheel, are for the picture.
      .filter((event: Event) =>
        event instanceof WheelEvent
          ? event.ctrlKey
          : event.type.startsWith("touch")
            ? (event as TouchEvent).touches.length > 1
            : (event as MouseEvent).button === 0,
      )
      .on("zoom", (event: { transform: { toString(): string }; sourceEvent: Event | null }) => {
        isFitted.current &&= !event.sourceEvent;
        stage.current?.setAttribute("transform", event.transform.toString());
      });
    behavior.current = made;
    select(element).call(made);
    fit();
    // A scroll bar, or a card beside it, may take of its width later. If the bar goes again, it stays as it is: else
    // the two could follow each other for ever.
    let width = element.clientWidth;
    const resized = new ResizeObserver(() => {
      const grown = element.clientWidth - width;
      if (isFitted.current && (grown < 0 || grown > SCROLL_BAR)) {
        width = element.clientWidth;
        fit();
        follow.current();
      }
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      select(element).on(".zoom", null);
    };
  }, [fit]);

  // The call is followed when it leaves what is seen.
  const follow = useRef(() => {});
  follow.current = () => {
    const element = svg.current;
    const box = picture.boxes.get(here);
    if (element === null || box === undefined || behavior.current === null) {
      return;
    }
    const current = (element as unknown as { __zoom: { x: number; y: number; k: number } }).__zoom;
    const left = box.x * current.k + current.x;
    const top = box.y * current.k + current.y;
    const isSeen =
      left >= 0 &&
      top >= 0 &&
      left + box.width * current.k <= element.clientWidth &&
      top + box.height * current.k <= element.clientHeight;
    if (!isSeen) {
      behavior.current.translateTo(select(element), box.x + box.width / 2, box.y + box.height / 2);
    }
  };
  useEffect(() => follow.current(), [here, picture]);

  const show = (id: string) => {
    const box = picture.boxes.get(id);
    if (svg.current !== null && box !== undefined) {
      isFitted.current = false;
      behavior.current?.translateTo(select(svg.current), box.x + box.width / 2, box.y + box.height / 2);
    }
  };
  const by = (factor: number) => {
    if (svg.current !== null) {
      isFitted.current = false;
      behavior.current?.scaleBy(select(svg.current), factor);
    }
  };
  const most = Math.max(1, ...Object.values(statistics?.ways ?? {}));
  return (
    <div class="graph">
      <div class="tools" role="group" aria-label="Picture">
        <button type="button" aria-label="Closer" onClick={() => by(1.3)}>
          +
        </button>
        <button type="button" aria-label="Farther" onClick={() => by(1 / 1.3)}>
          −
        </button>
        <button type="button" onClick={fit}>
          Fit
        </button>
      </div>
      <svg ref={svg} role="img" aria-label={description(chart, here)}>
        <defs>
          <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">
            <path d="M0 0L8 4L0 8z" />
          </marker>
          <marker id="head-gone" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="13" markerHeight="13" markerUnits="userSpaceOnUse" orient="auto">
            <path class="gone" d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        <g ref={stage}>
          {picture.arrows.map((arrow) => (
            <Way
              key={`${arrow.source}>${arrow.target}>${arrow.dashed}`}
              arrow={arrow}
              gone={ways.has(`${arrow.source}>${arrow.target}`)}
              counted={statistics === null || arrow.source.startsWith("on:") ? null : counted(arrow, statistics)}
              most={most}
            />
          ))}
          {picture.signs.map((sign, index) => (
            <g
              key={index}
              class="sign"
              transform={`translate(${(sign.x - sign.width / 2).toFixed(1)} ${(sign.y - SIGN / 2).toFixed(1)})`}
              onClick={() => show(sign.target)}
            >
              <title>goes on at {picture.boxes.get(sign.target)?.node.title}</title>
              <rect width={sign.width} height={SIGN} rx="12" />
              <text x={sign.width / 2} y="16" text-anchor="middle">
                {sign.text}
              </text>
            </g>
          ))}
          {[...picture.boxes.values()].map((box) => (
            <Step
              key={box.node.id}
              box={box}
              here={box.node.id === here}
              visited={visited.has(box.node.id)}
              statistics={statistics}
              {...(choose === undefined ? {} : { choose })}
            />
          ))}
        </g>
      </svg>
    </div>
  );
}

function description(chart: Chart, here: string): string {
  const at = chart.nodes.find((node) => node.id === here);
  return `The flow ${chart.flow}, ${chart.nodes.length} boxes${at === undefined ? "" : `; the call is at ${at.title}`}`;
}

function counted(arrow: Arrow, statistics: Statistics): number {
  return statistics.ways[`${plain(arrow.source)}>${plain(arrow.target)}`] ?? 0;
}

function plain(id: string): string {
  return id.startsWith("step:") ? id.slice(5) : id;
}

function Way({ arrow, gone, counted, most }: { arrow: Arrow; gone: boolean; counted: number | null; most: number }) {
  const labels = counted === null ? arrow.labels : [...arrow.labels, `×${count(counted)}`];
  const width = Math.max(0, ...labels.map((label) => label.length)) * 6.4 + 10;
  const height = labels.length * LINE;
  const thickness = counted === null ? {} : { style: { strokeWidth: `${(1 + (3 * counted) / most).toFixed(1)}px` } };
  const classes = ["way", arrow.dashed ? "dashed" : "", gone ? "gone" : "", counted === 0 ? "unused" : ""].join(" ");
  return (
    <g class={classes}>
      <path d={arrow.d} {...thickness} marker-end={`url(#${gone ? "head-gone" : "head"})`} />
      {labels.length > 0 && (
        <rect x={arrow.x - width / 2} y={arrow.y - height / 2 - 2} width={width} height={height + 4} rx="4" />
      )}
      {labels.map((label, index) => (
        <text key={index} x={arrow.x} y={arrow.y - height / 2 + index * LINE + 12} text-anchor="middle">
          {label}
        </text>
      ))}
    </g>
  );
}

interface StepProps {
  box: Box;
  here: boolean;
  visited: boolean;
  statistics: Statistics | null;
  choose?(id: string): void;
}

function Step({ box, here, visited, statistics, choose }: StepProps) {
  const { node, x, y, width, height } = box;
  const classes = ["box", node.kind, node.start ? "start" : "", visited ? "visited" : "", here ? "here" : ""].join(" ");
  return (
    <g
      class={classes}
      data-id={node.id}
      transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
      onClick={() => choose?.(node.id)}
    >
      <title>{[node.title, ...node.rows.map((row) => row.text)].join("\n")}</title>
      <rect width={width} height={height} rx="8" />
      {node.kind === "subflow" && <rect class="inner" x="4" y="4" width={width - 8} height={height - 8} rx="5" />}
      {node.listens && <rect class="bar" y="8" width="4" height={height - 16} />}
      <text class="title" x="13" y="19">
        {box.title}
      </text>
      {box.lines.map((line, index) => (
        <text key={index} class={line.kind} x="13" y={TITLE + index * LINE + 12}>
          {line.text}
        </text>
      ))}
      {statistics !== null && node.kind === "step" && <Foot box={box} statistics={statistics} />}
    </g>
  );
}

/** How often it was entered, how many callers left there, and the time of one visit. */
function Foot({ box, statistics }: { box: Box; statistics: Statistics }) {
  const counts = statistics.steps[box.node.title];
  const y = box.height - FOOT;
  if (counts === undefined || counts.entered === 0) {
    return (
      <text class="foot none" x="13" y={y + 22}>
        never entered
      </text>
    );
  }
  const share = Math.min(1, counts.left / counts.entered);
  return (
    <g class="foot">
      <rect class="ground" x="10" y={y + 4} width={box.width - 20} height="5" rx="2" />
      <rect class="left" x="10" y={y + 4} width={(box.width - 20) * share} height="5" rx="2" />
      <text x="13" y={y + 24}>
        {count(counts.entered)} · {percent(counts.left, counts.entered)} left · {(counts.seconds / counts.entered).toFixed(1)} s
      </text>
    </g>
  );
}
