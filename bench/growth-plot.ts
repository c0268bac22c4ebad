import type { Growth, GrowthPoint } from "./growth.ts";
import { format } from "./markdown.ts";

const side = 200;
const margin = { left: 52, top: 34, right: 12, bottom: 34 };
const panelWidth = margin.left + side + margin.right;
const height = margin.top + side + margin.bottom;

/** A picture, as SVG: a panel for each series, both axes logarithmic, the time in µs upwards. */
export function growthPlot(all: readonly Growth[]): string {
  const panels = all.map((growth, k) => panel(growth, k * panelWidth)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${all.length * panelWidth} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
${panels}
</svg>
`;
}

function panel({ name, points }: Growth, left: number): string {
  const rate = Math.max(...points.map(({ operations, time }) => operations / time));
  const floor = points.map((point) => ({ ...point, time: point.operations / rate }));
  const x = scale(points.map(({ size }) => size));
  const y = scale([...points, ...floor].map(({ time }) => time));
  const at = ({ size, time }: GrowthPoint): string =>
    `${round(x.place(size) * side)},${round(side - y.place(time) * side)}`;
  const line = (of: readonly GrowthPoint[], style: string): string =>
    `<polyline points="${of.map(at).join(" ")}" fill="none" ${style}/>`;
  const columns = points.map(({ size }) => {
    const across = round(x.place(size) * side);
    return `<text x="${across}" y="${side + 16}" text-anchor="middle">${size}</text>`;
  });
  const rows = y.ticks.map((value) => {
    const up = round(side - y.place(value) * side);
    return `<path d="M0 ${up}H${side}" stroke="#ddd"/><text x="-6" y="${up + 4}" text-anchor="end">${format(value)}</text>`;
  });
  return `<g transform="translate(${left + margin.left} ${margin.top})">
<text x="${side / 2}" y="-14" text-anchor="middle">${name}</text>
${[...rows, ...columns].join("\n")}
<text x="-6" y="-4" text-anchor="end">µs</text>
<path d="M0 0V${side}H${side}" fill="none" stroke="#888"/>
${line(floor, 'stroke="#888" stroke-dasharray="4 3"')}
${line(points, 'stroke="#1f5fbf" stroke-width="2"')}
</g>`;
}

/** Powers of ten around the values; `place` is from 0 to 1. */
function scale(values: readonly number[]): {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
} {
  const low = Math.log10(Math.min(...values));
  const high = Math.log10(Math.max(...values));
  const first = Math.ceil(low);
  const ticks = Array.from(
    { length: Math.max(0, Math.floor(high) - first + 1) },
    (_, k) => 10 ** (first + k),
  );
  return { place: (value) => (Math.log10(value) - low) / (high - low), ticks };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
