// Every finding of the catalogue by a recorded node with one thing changed, and not without the change; every check
// keeps to the codes that it declares.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { proofs } from '../../.build/proofs-page.ts';
import { allFindings, checks, groups, nodeFindings, trafficFindings } from '../../src/analyses/checks/index.ts';
import { looseFindings } from '../../src/analyses/loose-chains.ts';
import type { NodeView } from '../../src/analyses/node-view.ts';
import { portStates } from '../../src/analyses/port-state.ts';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { type FindingCode, findingCodes } from '../../src/report/catalogue.ts';
import type { Finding, Severity } from '../../src/report/finding.ts';
import { recordingAt, recordingsFolder, viewOf } from '../proxiers/recordings.ts';
import { driftCodes } from './drift-codes.ts';

/** What kubectl wrote, of a shape that nobody checked. */
type Item = ReturnType<typeof JSON.parse>;

interface Change {
  readonly objects?: (find: (kind: string, name: string) => Item, items: Item[]) => void;
  readonly rules?: (text: string) => string;
}

interface Case {
  readonly what: string;
  readonly code: FindingCode;
  readonly severity?: Severity;
  /** Whom it is about: a Service, or the node. */
  readonly about: string;
  /** Without one, the recording itself shows it. */
  readonly change?: Change;
  /** Who must not have it on the same node; the subject itself without the change, where not given. */
  readonly clean?: string;
  readonly says?: RegExp;
  readonly folder?: string;
  readonly node?: string;
}

/** The other family's text may lack it. */
const swap = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
const without = (line: RegExp) => (text: string) =>
  text
    .split('\n')
    .filter((each) => !line.test(each))
    .join('\n');

const webChain = 'KUBE-SVC-CDGGSHYLG3RE2FKL';

const cases: readonly Case[] = [
  {
    what: 'Local, no endpoint here',
    code: 'KPR101',
    severity: 'info',
    about: 'edge/np-local-none',
    clean: 'edge/np-local',
  },
  {
    what: 'internal Local, no endpoint here',
    code: 'KPR101',
    severity: 'info',
    about: 'shop/localnone',
    clean: 'shop/localonly',
  },
  {
    what: 'an endpoint here that kube-proxy does not take for local',
    code: 'KPR102',
    severity: 'critical',
    about: 'edge/np-local-none',
    change: {
      objects: (find) => {
        find('EndpointSlice', 'edge/np-local-none').endpoints[0].nodeName = 'node-a';
      },
    },
    says: /another name/,
  },
  {
    what: 'affinity as asked for',
    code: 'KPR103',
    severity: 'info',
    about: 'shop/cart',
    change: {
      rules: (text) =>
        text.replaceAll(
          /^(-A KUBE-SVC-(?:I5LIAMPLWKMBJ54B|SI6XKT4AIXPW4U4H)) (-m comment --comment "\S+ -> [^"]+") (.*-j (KUBE-SEP-\w+))$/gm,
          '$1 $2 -m recent --rcheck --seconds 10800 --reap --name $4 --mask 255.255.255.255 --rsource -j $4\n$1 $2 $3',
        ),
      objects: (find) => {
        find('Service', 'shop/cart').spec.sessionAffinity = 'ClientIP';
      },
    },
    says: /has seen in the last 3 h goes where it went before/,
  },
  {
    what: 'affinity that was taken away',
    code: 'KPR201',
    severity: 'warning',
    about: 'shop/sticky',
    change: {
      objects: (find) => {
        find('Service', 'shop/sticky').spec.sessionAffinity = 'None';
      },
    },
    says: /keeps a client with its backend for 10 min; the Service asks for none/,
  },
  {
    what: 'affinity that was asked for',
    code: 'KPR203',
    severity: 'warning',
    about: 'shop/cart',
    change: {
      objects: (find) => {
        find('Service', 'shop/cart').spec.sessionAffinity = 'ClientIP';
      },
    },
    says: /has no session affinity; the Service asks for ClientIP affinity of 3 h/,
  },
  {
    what: 'an uneven share',
    code: 'KPR104',
    severity: 'warning',
    about: 'default/web',
    change: { rules: swap(new RegExp(`(-A ${webChain} .*--probability) 0\\.25000000000`), '$1 0.90000000000') },
    says: /shares unevenly: 3\.3 % to 10\.244\.\d\.\d, 90 % to 10\.244\.0\.3/,
  },
  {
    what: 'a share that leaks',
    code: 'KPR104',
    severity: 'critical',
    about: 'default/web',
    change: { rules: without(new RegExp(`-A ${webChain} -m comment --comment "[^"]*" -j KUBE-SEP`)) },
    says: /loses 25 % of new connections/,
  },
  {
    what: 'an address twice',
    code: 'KPR104',
    severity: 'warning',
    about: 'default/web',
    change: {
      rules: swap('KUBE-SEP-7U6MWNJWR3SADOJA\n-A KUBE-SVC-CDGG', 'KUBE-SEP-TCD3IFXQZW3ZEZQU\n-A KUBE-SVC-CDGG'),
    },
    says: /more than once/,
  },
  {
    what: 'a rule behind one that takes all',
    code: 'KPR104',
    severity: 'warning',
    about: 'default/web',
    change: {
      rules: swap(/(-A KUBE-SVC-CDGGSHYLG3RE2FKL .* -j KUBE-SEP-LOQZ6LJZSXX5P3TW)\n/, '$1\n$1\n'),
    },
  },
  {
    what: 'two Services at one load balancer IP and port',
    code: 'KPR105',
    severity: 'critical',
    about: 'edge/lb-nonp',
    change: {
      rules: (text) => text.replaceAll('-d 192.0.2.12/32', '-d 192.0.2.11/32'),
      objects: (find) => {
        find('Service', 'edge/lb-nonp').status.loadBalancer.ingress[0].ip = '192.0.2.11';
      },
    },
    says: /stands first and gets every connection/,
  },
  { what: 'source ranges', code: 'KPR107', severity: 'info', about: 'edge/lb', clean: 'edge/lb-local' },
  {
    what: 'a source range of everybody',
    code: 'KPR107',
    severity: 'warning',
    about: 'edge/lb-local',
    change: {
      objects: (find) => {
        find('Service', 'edge/lb-local').spec.loadBalancerSourceRanges = ['203.0.113.0/24', '0.0.0.0/0'];
      },
    },
    says: /open to everybody/,
  },
  {
    what: 'source ranges of the other family',
    code: 'KPR107',
    severity: 'warning',
    about: 'edge/lb-local',
    change: {
      objects: (find) => {
        find('Service', 'edge/lb-local').spec.loadBalancerSourceRanges = ['fd00::/8'];
      },
    },
    says: /no IPv4 range/,
  },
  {
    what: 'hints in use',
    code: 'KPR108',
    severity: 'info',
    about: 'shop/hinted',
    clean: 'shop/cart',
    says: /keep traffic in zone zone-a/,
  },
  {
    what: 'hints ignored',
    code: 'KPR108',
    severity: 'info',
    about: 'shop/halfhinted',
    clean: 'shop/cart',
    says: /ignored/,
  },
  {
    what: 'no endpoint of the family',
    code: 'KPR109',
    about: 'default/web',
    change: {
      objects: (_find, items) => {
        const at = items.findIndex(
          (each) => each.addressType === 'IPv6' && each.metadata.labels['kubernetes.io/service-name'] === 'web',
        );
        items.splice(at, 1);
      },
    },
    says: /IPv4 addresses only, none of IPv6/,
  },
  {
    what: 'another port name',
    code: 'KPR110',
    severity: 'critical',
    about: 'shop/single',
    change: {
      objects: (find) => {
        find('EndpointSlice', 'shop/single').ports[0].name = 'https';
      },
    },
    says: /join by name/,
  },
  {
    what: 'a named target port that no pod has',
    code: 'KPR111',
    severity: 'critical',
    about: 'default/web',
    change: {
      objects: (_find, items) => {
        for (const item of items) {
          const name: string = item.metadata.name;
          if (item.kind === 'EndpointSlice' && item.metadata.labels['kubernetes.io/service-name'] === 'web')
            item.ports[0].port = null;
          if (item.kind === 'Pod' && name.startsWith('web-')) item.spec.containers[0].ports[0].name = 'web';
        }
      },
    },
    says: /"http" is the name of no container port of its pods: they have "web"/,
  },
  {
    what: 'a selector that matches nothing',
    code: 'KPR112',
    severity: 'critical',
    about: 'default/empty',
    clean: 'default/web',
  },
  { what: 'nothing ready', code: 'KPR112', severity: 'critical', about: 'shop/notready', clean: 'shop/rolling' },
  {
    what: 'slices of two makers',
    code: 'KPR113',
    about: 'shop/twoslices',
    change: {
      objects: (find) => {
        find('EndpointSlice', 'shop/twoslices').metadata.labels['endpointslice.kubernetes.io/managed-by'] =
          'endpointslicemirroring-controller.k8s.io';
      },
    },
    says: /endpointslicemirroring-controller\.k8s\.io and lab/,
  },
  { what: 'another proxy’s Service', code: 'KPR114', severity: 'info', about: 'shop/otherproxy', clean: 'shop/cart' },
  {
    what: 'an external IP that is a node’s',
    code: 'KPR115',
    severity: 'critical',
    about: 'edge/extip',
    change: {
      objects: (find) => {
        find('Service', 'edge/extip').spec.externalIPs = ['10.99.0.12'];
      },
    },
    says: /an address of node node-b/,
  },
  {
    what: 'an external IP that is another Service’s',
    code: 'KPR115',
    about: 'edge/extip',
    change: {
      objects: (find) => {
        find('Service', 'edge/extip').spec.externalIPs = ['10.96.0.1'];
      },
    },
    says: /the cluster IP of default\/kubernetes/,
  },
  {
    what: 'an external IP in a pod network',
    code: 'KPR115',
    about: 'edge/extip',
    change: {
      objects: (find) => {
        find('Service', 'edge/extip').spec.externalIPs = ['10.244.1.200'];
      },
    },
    says: /in the pod network of node node-b/,
  },
  {
    what: 'pods that are published although they are not ready',
    code: 'KPR116',
    severity: 'info',
    about: 'default/web',
    change: {
      objects: (find) => {
        find('Service', 'default/web').spec.publishNotReadyAddresses = true;
        for (const condition of find('Pod', 'default/web-b978ccd84-xqkm7').status.conditions) {
          if (condition.type === 'Ready') condition.status = 'False';
        }
      },
    },
    says: /web-b978ccd84-xqkm7 is not/,
  },
  { what: 'headless', code: 'KPR117', severity: 'info', about: 'shop/headless', clean: 'shop/cart' },
  { what: 'ExternalName', code: 'KPR117', severity: 'info', about: 'shop/external', clean: 'shop/cart' },
  { what: 'ipMode Proxy', code: 'KPR119', severity: 'info', about: 'edge/lb-proxy', clean: 'edge/lb' },
  {
    what: 'ipMode Proxy, and rules for it',
    code: 'KPR119',
    severity: 'warning',
    about: 'edge/lb-proxy',
    clean: 'edge/lb',
    folder: '1.25-iptables',
  },
  {
    what: 'only terminating endpoints',
    code: 'KPR120',
    severity: 'info',
    about: 'shop/draining',
    clean: 'shop/rolling',
  },
  {
    what: 'a backend that is in no slice',
    code: 'KPR201',
    severity: 'critical',
    about: 'shop/ten',
    change: {
      objects: (find) => {
        find('EndpointSlice', 'shop/ten').endpoints.splice(0, 1);
      },
    },
    says: /is still in the rules for shop\/ten:http: no EndpointSlice has it; 10 % of new connections/,
  },
  {
    what: 'rules of a Service that is gone',
    code: 'KPR201',
    severity: 'warning',
    about: 'shop/single',
    change: {
      objects: (_find, items) => {
        items.splice(
          items.findIndex((each) => each.kind === 'Service' && each.metadata.name === 'single'),
          1,
        );
      },
    },
    says: /the API has no Service shop\/single/,
  },
  {
    what: 'an address that the Service gave back',
    code: 'KPR201',
    severity: 'warning',
    about: 'edge/extip',
    change: {
      objects: (find) => {
        find('Service', 'edge/extip').spec.externalIPs.pop();
      },
    },
    says: /still take external IP 192\.0\.2\.81:8000/,
  },
  {
    what: 'a chain that nothing leads to',
    code: 'KPR201',
    severity: 'info',
    about: 'shop/single',
    change: { rules: without(/-A KUBE-SERVICES .*"shop\/single cluster IP"/) },
    says: /so it takes no traffic/,
  },
  {
    what: 'refused although an endpoint is ready',
    code: 'KPR202',
    severity: 'critical',
    about: 'shop/notready',
    change: {
      objects: (find) => {
        find('EndpointSlice', 'shop/notready').endpoints[0].conditions = { ready: true };
      },
    },
    says: /is refused on node-a, yet the API offers 1 endpoint/,
  },
  {
    what: 'a Service without rules',
    code: 'KPR203',
    severity: 'critical',
    about: 'shop/single',
    change: { rules: without(/-A KUBE-SERVICES .*"shop\/single cluster IP"/) },
    says: /no rule on node-a serves shop\/single/,
  },
  {
    what: 'an endpoint without rules',
    code: 'KPR203',
    severity: 'critical',
    about: 'shop/single',
    change: {
      objects: (find) => {
        const { endpoints } = find('EndpointSlice', 'shop/single');
        endpoints.push({ ...endpoints[0], addresses: ['10.244.1.99'] });
      },
    },
    says: /10\.244\.1\.99:8443 is an endpoint of shop\/single and no rule on node-a leads there/,
  },
  {
    what: 'a chain that ends without a backend',
    code: 'KPR203',
    severity: 'critical',
    about: 'shop/single',
    change: { rules: without(/-A KUBE-SVC-LOJOV2FSSLOE7PGI .*-j KUBE-SEP/) },
  },
  {
    what: 'a way in whose chain leads nowhere',
    code: 'KPR203',
    severity: 'critical',
    about: 'edge/np',
    change: { rules: without(/^-A KUBE-EXT-KZRD5HVR24M7NJMY -j KUBE-SVC/) },
    says: /node port 30180 of edge\/np:http leads on node-a to KUBE-EXT-KZRD5HVR24M7NJMY, which ends without a backend/,
  },
  {
    what: 'no jump to the Services',
    code: 'KPR305',
    severity: 'critical',
    about: 'node',
    change: { rules: without(/^-A PREROUTING .*-j KUBE-SERVICES/) },
    says: /nat\/PREROUTING has no jump to KUBE-SERVICES/,
  },
  {
    what: 'read by another iptables',
    code: 'KPR901',
    about: 'node',
    change: { rules: swap('DNAT --to-destination 10.244.0.3:8080', 'DNAT [unsupported revision]') },
  },
  { what: 'cut', code: 'KPR902', about: 'node', change: { rules: (text) => text.slice(0, text.length / 2) } },
  {
    what: 'damaged destinations',
    code: 'KPR903',
    about: 'node',
    change: {
      rules: swap(
        'DNAT --to-destination 10.244.0.3:8080',
        'DNAT --to-destination :0 --persistent --to-destination :0 --persistent --to-destination 0.0.0.0:0',
      ),
    },
  },
];

/**
 * In the catalogue, and no check raises it. Nothing may be added here without a word to the user. `explain` itself raises
 * KPR312, about an address that is nobody's; those of drift are in drift-findings.test.ts.
 */
const notRaised: readonly FindingCode[] = [...driftCodes, 'KPR312'];

/** Raised by what rules, devices and settings are together: docs/proofs.md, and the tests that it names. */
const provenElsewhere = new Set(proofs.map(({ code }) => code));

function viewWith({
  change,
  folder = '1.36-iptables',
  node = 'node-a',
}: Pick<Case, 'change' | 'folder' | 'node'>): NodeView {
  const recording = recordingAt(folder);
  const list: { items: Item[] } = JSON.parse(readFileSync(recordingsFolder + recording.objects, 'utf8'));
  change?.objects?.((kind, name) => {
    const found = list.items.find((each) => {
      const { metadata } = each;
      const of = kind === 'EndpointSlice' ? metadata.labels?.['kubernetes.io/service-name'] : metadata.name;
      return each.kind === kind && `${metadata.namespace}/${of}` === name;
    });
    assert.ok(found, `${kind} ${name}`);
    return found;
  }, list.items);
  return viewOf(recording, {
    node,
    snapshot: snapshotFromObjects([list]),
    ...(change?.rules && { edit: change.rules }),
  });
}

function everyFinding(view: NodeView): readonly Finding[] {
  const services = view.cluster?.snapshot.services ?? [];
  const states = portStates(view);
  return [
    ...nodeFindings(view),
    ...allFindings(view, services, states),
    ...trafficFindings(view, states, false),
    ...looseFindings(view),
  ];
}

function about({ subject }: Finding): string {
  return subject.kind === 'Node' ? 'node' : `${subject.namespace}/${subject.name}`;
}

const raised = new Set<string>();
const raisedBy = new Map<number, Set<string>>();

for (const { what, code, severity, about: whom, change, clean, says, ...where } of cases) {
  test(`${code}: ${what}`, () => {
    const view = viewWith({ ...(change && { change }), ...where });
    const findings = everyFinding(view);
    const mine = findings.filter((each) => each.code === code && about(each) === whom);
    assert.ok(
      mine.length > 0,
      `not raised; there is ${[...new Set(findings.map((each) => `${each.code} ${about(each)}`))].join(', ')}`,
    );
    if (severity !== undefined)
      assert.ok(
        mine.some((each) => each.severity === severity),
        mine[0]?.severity,
      );
    if (says !== undefined) {
      assert.ok(
        mine.some(({ message }) => says.test(message)),
        mine.map(({ message }) => message).join('\n'),
      );
    }
    raised.add(code);
    const twin = clean === undefined ? viewWith(where) : view;
    const same = everyFinding(twin).filter((each) => each.code === code && about(each) === (clean ?? whom));
    // A graver form of a finding may stand beside a mild one that is there by design.
    assert.deepEqual(
      same.filter((each) => clean !== undefined || each.severity === severity || severity === undefined),
      [],
    );
    keepToDeclared(view);
  });
}

function keepToDeclared(view: NodeView): void {
  const states = portStates(view);
  for (const [at, check] of checks.entries()) {
    const findings =
      check.about === 'node'
        ? check.run(view)
        : check.about === 'traffic'
          ? check.run(view, { states, each: true })
          : check.about === 'service-port'
            ? groups(states).flatMap((group) => check.run(view, group))
            : (view.cluster?.snapshot.services ?? []).flatMap((service) =>
                check.run(
                  view,
                  service,
                  states.filter(({ name }) => name.namespace === service.namespace && name.name === service.name),
                ),
              );
    for (const { code } of findings) {
      assert.ok(
        check.codes.some((each) => each === code),
        `${code} is not among ${check.codes.join(', ')}`,
      );
      raisedBy.set(at, (raisedBy.get(at) ?? new Set()).add(code));
    }
  }
}

test('every code of the catalogue is raised by a case above', () => {
  assert.deepEqual(
    findingCodes.filter((code) => !raised.has(code) && !provenElsewhere.has(code)),
    notRaised.filter((code) => !provenElsewhere.has(code)).toSorted(),
  );
});

test('every check raises every code that it declares', () => {
  for (const [at, { codes }] of checks.entries()) {
    const here = codes.filter((code) => !provenElsewhere.has(code) || raisedBy.get(at)?.has(code) === true);
    assert.deepEqual([...(raisedBy.get(at) ?? [])].sort(), [...here].sort());
  }
});

test('a node that is as it should be has no finding of kube-proxy, the node or the text', () => {
  for (const folder of ['1.25-iptables', '1.29-iptables', '1.36-iptables', 'live-node-a', 'after-1.36-iptables']) {
    const codes = everyFinding(viewWith({ folder })).filter(
      ({ code, severity }) => !code.startsWith('KPR1') && severity !== 'info',
    );
    assert.deepEqual(
      codes.map(({ message }) => message),
      [],
      folder,
    );
  }
});
