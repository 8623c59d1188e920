import type { UsageError } from '../../intent/usage-error.ts';
import { type Card, text } from '../projection/card.ts';
import { escapedKeepingCode } from '../text/trusted.ts';
import { code, short } from '../text/untrusted.ts';

/** What was read, what is wrong with it, and a line that works. */
export function usageCard({ understood, problem, suggestion }: UsageError): Card {
  const read = understood === '' ? '' : `I read ${code(understood)}. `;
  return {
    sentence: `${short(problem, 400)} Try: ${suggestion}`,
    parts: [text(`${read}${escapedKeepingCode(problem)}\nTry: ${code(suggestion)}`)],
  };
}
