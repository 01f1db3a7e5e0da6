// The gradients that AdamMicroscope offers, as adamlib.explorers.microscope makes them.
import { put } from "./lib/controls.js";
import { normals } from "./rules.js";

export const GRADIENTS = {
  constant: (n) => Array(n).fill(1),
  noise: (n) => normals(1, n),
  spike: (n) => Array.from({ length: n }, (_, i) => (i === Math.floor(n / 3) ? 20 : 1)),
  "dormant then on": (n) => Array.from({ length: n }, (_, i) => (i < Math.floor(n / 2) ? 0 : 1)),
  ramp: (n) => {
    const ramp = [1];
    while (ramp.length < n) ramp.push(ramp.at(-1) * (0.9 / 0.999));
    return ramp.reverse();
  },
};

/** Let a preset make the gradients, whenever it or the length is set. Returns what ends that. */
export function presets(model) {
  const fill = () => {
    const made = GRADIENTS[model.get("preset")];
    if (made) put(model, { gradients: made(model.get("length")) });
  };
  for (const key of ["preset", "length"]) model.on(`change:${key}`, fill);
  return () => {
    for (const key of ["preset", "length"]) model.off(`change:${key}`, fill);
  };
}
