import type { OptimizerText } from "./module.ts";

/** `adam({learningRate: 0.01, …}), but *.bias with {weightDecay: 0} and table frozen`: an optimizer in one line. */
export function sayOptimizer({ name, options, exceptions = [], clip }: OptimizerText): string {
  const usual = `${name}${sayOptions(options)}`;
  const others = exceptions.flatMap(({ pattern, options: own, isFrozen }) => {
    const parts = [
      ...(Object.keys(own).length === 0 ? [] : [`with ${sayOptions(own).slice(1, -1)}`]),
      ...(isFrozen === undefined ? [] : [isFrozen ? "frozen" : "not frozen"]),
    ];
    return parts.length === 0 ? [] : [`${pattern} ${parts.join(", ")}`];
  });
  const clipping = clip === undefined ? "" : `; gradients clipped by ${clip}`;
  return `${usual}${others.length === 0 ? "" : `, but ${others.join("; ")}`}${clipping}`;
}

function sayOptions(options: OptimizerText["options"]): string {
  const list = Object.entries(options).map(([name, value]) => `${name}: ${String(value)}`);
  return list.length === 0 ? "" : `({${list.join(", ")}})`;
}
