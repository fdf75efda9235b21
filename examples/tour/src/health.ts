// Runs inside the load balancer's namespace, as its health check would: asks the appliance's health port.
const [appliance = ''] = process.argv.slice(2);
const metrics = await (await fetch(`http://${appliance}:8080/metrics`)).text();
const healthy = await fetch(`http://${appliance}:8080/healthz`);
process.stdout.write(`health check answers ${healthy.status}\n`);
for (const line of metrics.split('\n')) {
  if (/^gwlbtun_[a-z_]*(packets|flows)[a-z_]*(\{[^}]*\})? [1-9]/.test(line))
    process.stdout.write(`${line}\n`);
}
