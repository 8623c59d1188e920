const form = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * The number of a resource.Quantity (k8s.io/apimachinery/pkg/api/resource): `250m`, `1.5Gi`, `1e3`. Undefined for what
 * is none. Beyond 2^53 digits are lost, which no sum of requests cares about.
 */
export function quantity(text: string): number | undefined {
  const found = form.exec(text);
  if (!found) return undefined;
  const [, digits = '', exponent, suffix = ''] = found;
  const number = Number(digits);
  if (exponent !== undefined) return number * 10 ** Number(exponent);
  if (suffix.endsWith('i')) return number * 1024 ** binary.indexOf(suffix);
  return number * 1000 ** (decimal.indexOf(suffix) - 3);
}
