/** What mirroring costs, in US dollars; data transfer and load balancers come on top. */
export interface Cost {
  readonly hourlyPrice: number;
  readonly interfacesBefore: number;
  readonly interfacesAfter: number;
  readonly monthlyBefore: number;
  readonly monthlyAfter: number;
}

/** A month as AWS's price examples count it. */
const HOURS_A_MONTH = 730;

export function costOf(interfacesBefore: number, interfacesAfter: number, hourlyPrice: number): Cost {
  const monthly = (interfaces: number): number =>
    Math.round(interfaces * hourlyPrice * HOURS_A_MONTH * 100) / 100;
  return {
    hourlyPrice,
    interfacesBefore,
    interfacesAfter,
    monthlyBefore: monthly(interfacesBefore),
    monthlyAfter: monthly(interfacesAfter),
  };
}
