/** Orders by where they go: a trip is to one ward, with a stop at each of its dispensers. */
import type { Order } from '../api/types';
import { nameOf } from '../orders/order-card';

export interface Trip {
  ward: string;
  orders: Order[];
}

export interface Stop {
  /** The dispenser's id. */
  id: string;
  name: string;
  orders: Order[];
}

/** In the order of the orders: the soonest needed goes first. */
export function tripsOf(orders: Order[]): Trip[] {
  const trips = new Map<string, Trip>();
  for (const order of orders) {
    const ward = order.dispenser.ward ?? nameOf(order);
    const trip = trips.get(ward) ?? { ward, orders: [] };
    trip.orders.push(order);
    trips.set(ward, trip);
  }
  return [...trips.values()];
}

export function stopsOf({ orders }: Pick<Trip, 'orders'>): Stop[] {
  const stops = new Map<string, Stop>();
  for (const order of orders) {
    const { id } = order.dispenser;
    const stop = stops.get(id) ?? { id, name: nameOf(order), orders: [] };
    stop.orders.push(order);
    stops.set(id, stop);
  }
  return [...stops.values()];
}
