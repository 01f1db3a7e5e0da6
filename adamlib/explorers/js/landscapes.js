// The landscapes of adamlib.landscapes, for the browser: loss(x, y), gradient(x, y), extent, minimum;
// where a walk starts unless told (start) and from which loss heights count (floor); and, if its lines of
// equal height are circles in other coordinates, what takes those to x and y (circles).

export const STEEP = 4; // the steep curvature of the book's bowl; the flat one is STEEP / condition

function bowl({ condition, degrees }) {
  const [c1, c2] = [STEEP / condition, STEEP];
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return {
    extent: [-6, 6, -3, 3],
    minimum: [0, 0],
    floor: 0,
    start: [-5, -2],
    curvatures: [c1, c2],
    circles: [cos / Math.sqrt(c1), sin / Math.sqrt(c1), -sin / Math.sqrt(c2), cos / Math.sqrt(c2)],
    loss: (x, y) => (c1 * (cos * x + sin * y) ** 2 + c2 * (cos * y - sin * x) ** 2) / 2,
    gradient: (x, y) => {
      const u1 = cos * x + sin * y,
        u2 = cos * y - sin * x;
      return [cos * c1 * u1 - sin * c2 * u2, sin * c1 * u1 + cos * c2 * u2];
    },
  };
}

const rosenbrock = () => ({
  extent: [-2, 2, -1, 3],
  minimum: [1, 1],
  floor: 0,
  start: [-1.5, 2],
  loss: (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  gradient: (x, y) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
});

const saddle = () => ({
  extent: [-2, 2, -2, 2],
  minimum: null,
  floor: -2, // the lowest loss in the picture
  start: [-1.5, 0.01],
  loss: (x, y) => (x * x - y * y) / 2,
  gradient: (x, y) => [x, -y],
});

const tilted = (x, y) => (x * x - 1) ** 2 + 0.3 * x + y * y;
const left = -1.0355787140888537; // the left root of 4 x (x^2 - 1) + 0.3

const twoMinima = () => ({
  extent: [-1.8, 1.8, -1.2, 1.2],
  minimum: [left, 0],
  floor: tilted(left, 0),
  start: [1.6, 0.9],
  loss: tilted,
  gradient: (x, y) => [4 * x * (x * x - 1) + 0.3, 2 * y],
});

export const landscapes = { bowl: bowl, Rosenbrock: rosenbrock, saddle: saddle, "two minima": twoMinima };

/** A landscape whose loss and gradient are multiplied by a factor. */
export function scaled(land, factor) {
  if (factor === 1) return land;
  return {
    ...land,
    floor: factor * land.floor,
    curvatures: land.curvatures?.map((curvature) => factor * curvature),
    circles: land.circles?.map((part) => part / Math.sqrt(factor)),
    loss: (x, y) => factor * land.loss(x, y),
    gradient: (x, y) => land.gradient(x, y).map((part) => factor * part),
  };
}

/**
 * A landscape that Python sampled: float32 losses, then gradients in x, then in y, each row by row. Between
 * the points of the grid it is interpolated; outside the grid, and beside a hole, it is not a number.
 */
export function sampled({ grid: [x0, y0, x1, y1], columns, rows, ...rest }, bytes) {
  const values = Float32Array.from({ length: 3 * rows * columns }, (_, i) => bytes.getFloat32(4 * i, true));
  const at = (layer, x, y) => {
    const u = ((x - x0) / (x1 - x0)) * (columns - 1),
      v = ((y - y0) / (y1 - y0)) * (rows - 1);
    if (!(u >= 0 && u <= columns - 1 && v >= 0 && v <= rows - 1)) return NaN;
    const i = Math.min(Math.floor(u), columns - 2),
      j = Math.min(Math.floor(v), rows - 2),
      k = (layer * rows + j) * columns + i;
    const lower = (1 - u + i) * values[k] + (u - i) * values[k + 1];
    const upper = (1 - u + i) * values[k + columns] + (u - i) * values[k + columns + 1];
    return (1 - v + j) * lower + (v - j) * upper;
  };
  return {
    ...rest,
    interpolated: true,
    covers: (x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1,
    loss: (x, y) => at(0, x, y),
    gradient: (x, y) => [at(1, x, y), at(2, x, y)],
  };
}
