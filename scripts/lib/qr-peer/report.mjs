// Medians and ratios of the lines "WHO NAME<TAB>NANOSECONDS" on standard input.

import { readFileSync } from "node:fs";

const times = new Map();
for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [name, time] = line.split("\t");
  times.set(name, [...(times.get(name) ?? []), Number(time)]);
}
const sorted = (name) => [...times.get(name)].sort((a, b) => a - b);
const median = (name) => sorted(name)[Math.floor(times.get(name).length / 2)];

for (const name of times.keys()) {
  const all = sorted(name);
  console.log(`${name.padEnd(32)} ${median(name)} ns (${all[0]}–${all.at(-1)})`);
}
// Each round by itself, so that a busy minute counts on both sides.
function ratio(what, slow, fast) {
  const rounds = times.get(slow).map((time, round) => time / times.get(fast)[round]);
  const all = rounds.sort((a, b) => a - b);
  const [low, middle, high] = [all[0], all[Math.floor(all.length / 2)], all.at(-1)];
  console.log(`${what}: ${middle.toFixed(1)} × (${low.toFixed(1)}–${high.toFixed(1)})`);
}
ratio("write, npm / ours", "npm write", "ours write");
ratio("read, npm / ours", "npm read", "ours read");
ratio("picture, plain / ours", "ours plain qrcode and image", "ours write and draw a PNG");
