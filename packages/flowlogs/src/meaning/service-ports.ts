/**
 * Whether a port is one on which well-known services listen. Below 1,024: all (system ports, RFC 6335, section 6).
 * Above: registered ports that are common in VPCs and rarely drawn by chance, because each is one of 28,000 or more.
 */
export function isServicePort(port: number): boolean {
  return port > 0 && (port < 1024 || registered.has(port));
}

/**
 * Whether a port is one that systems draw for clients: 32,768 to 60,999 (Linux), 49,152 to 65,535 (IANA, Windows,
 * Apple). NAT gateways and load balancers draw from 1,024 on; that range tells nothing apart.
 */
export function isEphemeralPort(port: number): boolean {
  return port >= 32_768;
}

const registered: ReadonlySet<number> = new Set([
  1080, 1194, 1433, 1434, 1521, 1701, 1723, 1812, 1813, 1883, 1900, 2049, 2082, 2083, 2181, 2222, 2375, 2376,
  2379, 2380, 3000, 3128, 3260, 3306, 3389, 3478, 3479, 4317, 4318, 4369, 4433, 4443, 4500, 4789, 5000, 5044,
  5060, 5061, 5222, 5349, 5353, 5355, 5432, 5439, 5601, 5671, 5672, 5900, 5985, 5986, 6000, 6081, 6379, 6380,
  6443, 6514, 6667, 7000, 7001, 7077, 7687, 7946, 8000, 8008, 8020, 8080, 8081, 8086, 8088, 8089, 8123, 8125,
  8126, 8140, 8182, 8200, 8300, 8301, 8333, 8400, 8443, 8472, 8500, 8501, 8600, 8765, 8834, 8883, 8888, 9000,
  9001, 9042, 9090, 9092, 9093, 9094, 9096, 9098, 9100, 9160, 9200, 9300, 9301, 9418, 9443, 9999, 10_000,
  10_050, 10_051, 10_250, 10_255, 10_257, 10_259, 11_211, 14_265, 15_672, 16_379, 18_080, 19_999, 25_565,
  25_672, 26_257, 26_379, 27_017, 27_018, 27_019, 28_015, 33_060, 50_000, 50_051, 50_070, 51_820, 61_616,
]);
