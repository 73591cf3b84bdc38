// A port of a bridge, as far as it decides whether a frame may leave by the port it came in by (should_deliver,
// net/bridge/br_forward.c).

export interface BridgePort {
  /** `veth1234`. */
  readonly name: string;
  /** `cni0`. */
  readonly bridge: string;
  readonly hairpin: boolean;
}
