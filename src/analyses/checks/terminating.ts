// KPR120: nothing is ready, so endpoints that still serve while they terminate are used.
import { count, onNode } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const terminating: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR120'],
  run: (view, group) => {
    const state = group.find(
      ({ backends }) => backends.length > 0 && backends.every((each) => each.state === 'terminating'),
    );
    if (state === undefined) return [];
    const message = `${portText(state.name)} has no ready endpoint: ${onNode(view)} its ${count(state.backends.length, 'terminating backend')} ${state.backends.length === 1 ? 'is' : 'are'} used until ${state.backends.length === 1 ? 'it ends' : 'they end'}`;
    return [raise('KPR120', view, { subject: portSubject(state.name), message })];
  },
};
