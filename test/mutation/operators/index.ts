// All single changes of a text.
import type { Mutant } from '../mutant.ts';
import type { SavedText } from '../saved-text.ts';
import { chainMutants, textMutants } from './chains.ts';
import { foreignMutants, ruleMutants } from './rules.ts';

export function mutantsOf(text: SavedText): readonly Mutant[] {
  return [...ruleMutants(text), ...foreignMutants(text), ...chainMutants(text), ...textMutants(text)];
}
