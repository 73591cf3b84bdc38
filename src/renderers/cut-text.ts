// Text for a place that holds only so much.

/** At most so many UTF-16 units, the last an ellipsis where something was cut; no surrogate pair is torn. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
