// The forms that the ends of a packet may be given in, for help and errors.
export const fromForms = 'pod/NAME, NAMESPACE/POD, node/NAME, IP, or internet';
export const toForms = 'svc/NAME[:PORT], pod/NAME[:PORT], IP:PORT[/udp], [IPv6]:PORT, nodeport/NUMBER, or NODE:PORT';
