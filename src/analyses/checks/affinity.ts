// KPR103: session affinity as the Service asks for it and the rules have it: shares are for new clients only.
import { duration, onNode } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const affinity: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR103'],
  run: (view, group) => {
    const state = group.find(({ port, balances }) => port?.affinitySeconds !== undefined && balances.length > 0);
    const seconds = state?.port?.affinitySeconds;
    if (state === undefined || seconds === undefined) return [];
    const message = `a client of ${portText(state.name)} that ${view.name === '' ? 'this node' : view.name} has seen in the last ${duration(seconds)} goes where it went before; the shares are for new clients ${onNode(view)}`;
    return [raise('KPR103', view, { subject: portSubject(state.name), message })];
  },
};
