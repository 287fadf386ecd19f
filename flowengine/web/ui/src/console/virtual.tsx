// A list of any length, of which only the rows that are seen are there.

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { ComponentChildren, Ref } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

const WIDE = "(min-width: 46rem)";

/** Whether the screen is wide enough for a row on one line. */
export function useWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const query = matchMedia(WIDE);
    const changed = () => setWide(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return wide;
}

interface Props {
  count: number;
  rowHeight: number;
  label: string;
  row(index: number): ComponentChildren;
  /** The last row is seen: more can be asked for. */
  atEnd?(): void;
}

export function VirtualList({ count, rowHeight, label, row, atEnd }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { items, height } = useVirtual(count, rowHeight, box);
  const last = items.at(-1)?.index ?? -1;
  useLayoutEffect(() => {
    if (count > 0 && last >= count - 1) {
      atEnd?.();
    }
  }, [last, count, atEnd]);
  return (
    <div class="rows" ref={box} tabIndex={0} role="region" aria-label={label} style={{ height: `${height}px` }}>
      <ul role="list" style={{ height: `${height}px` }}>
        {items.map((item) => (
          <li
            key={item.index}
            aria-setsize={count}
            aria-posinset={item.index + 1}
            style={{ height: `${rowHeight}px`, transform: `translateY(${item.start}px)` }}
          >
            {row(item.index)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function useVirtual(
  count: number,
  rowHeight: number,
  box: Ref<HTMLDivElement> & { current: HTMLDivElement | null },
): { items: VirtualItem[]; height: number } {
  const [, redraw] = useReducer((before: number, _: void) => before + 1, 0);
  const options = {
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(),
    overscan: 6,
  };
  const virtual = useMemo(() => new Virtualizer<HTMLDivElement, Element>(options), []);
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight]);
  return { items: virtual.getVirtualItems(), height: virtual.getTotalSize() };
}
