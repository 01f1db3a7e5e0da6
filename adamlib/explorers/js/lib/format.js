// Numbers for a reader.

export const clamp = (x, least, most) => Math.min(Math.max(x, least), most);

/**
 * Write a number for a reader: 3 digits unless told, powers of ten where needed, a true minus sign.
 * @param {number} x
 * @param {number} [digits]
 */
export function show(x, digits = 3) {
  if (Number.isNaN(x)) return "not a number";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const long = size && (size < 1e-4 || size >= 1e6);
  const text = long ? x.toExponential(digits - 1).replace("+", "") : String(Number(x.toPrecision(digits)));
  return text.replace(/^-/, "−").replace("e-", "e−");
}

/** All digits, to be typed: 0.000001 is 1e-6. */
export const exactly = (x) => (x && Math.abs(x) < 1e-4 ? x.toExponential() : String(x));

/** The same without zeros before the power of ten: 1.00e−6 is 1e−6. */
export const brief = (x, digits = 3) => show(x, digits).replace(/\.?0+e/, "e");
