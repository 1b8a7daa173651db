// A trip needs a hotel and a flight, which are booked one after the other. Where the flight is refused, or
// nobody answers in time, the hotel is given back: the process compensates.
import { createApp, feature, handle, jsonLogger, on, processManager } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { VirtualClock } from '@tidings/testing';
import { z } from 'zod';

const HOUR_MS = 3_600_000;

const Trip = z.object({ trip: z.string() });
const byTrip = { partitionKey: ({ trip }: { trip: string }) => trip };

const BookHotel = command('trips.BookHotel', Trip, byTrip);
const BookFlight = command('trips.BookFlight', Trip, byTrip);
const CancelHotel = command('trips.CancelHotel', Trip, byTrip);
const CancelFlight = command('trips.CancelFlight', Trip, byTrip);
const TripRequested = event('trips.TripRequested', Trip, byTrip);
const HotelBooked = event('trips.HotelBooked', Trip, byTrip);
const FlightBooked = event('trips.FlightBooked', Trip, byTrip);
const FlightRefused = event('trips.FlightRefused', Trip, byTrip);
const HotelCancelled = event('trips.HotelCancelled', Trip, byTrip);
const TripEnded = event('trips.TripEnded', Trip.extend({ how: z.string() }), byTrip);

const tripOf = ({ trip }: { trip: string }): string => trip;

const trips = processManager('trips', {
  state: z.object({ why: z.string().optional() }),
  startedBy: [TripRequested],
  continuedBy: [HotelBooked, FlightBooked, FlightRefused, HotelCancelled],
  correlate: {
    'trips.TripRequested': tripOf,
    'trips.HotelBooked': tripOf,
    'trips.FlightBooked': tripOf,
    'trips.FlightRefused': tripOf,
    'trips.HotelCancelled': tripOf,
  },
  on: {
    'trips.TripRequested': (_, { trip }) => ({ state: {}, send: [BookHotel({ trip })] }),
    'trips.HotelBooked': (_, { trip }) => ({
      send: [BookFlight({ trip })],
      timeouts: { patience: { in: 24 * HOUR_MS } },
    }),
    'trips.FlightBooked': ({ why }, { trip }) =>
      why === undefined
        ? { publish: [TripEnded({ trip, how: 'hotel and flight are booked' })], complete: true }
        : // The answer came too late: there is no hotel any more.
          { send: [CancelFlight({ trip })] },
    'trips.FlightRefused': (_, { trip }) => ({
      state: { why: 'the flight was refused' },
      send: [CancelHotel({ trip })],
      timeouts: { patience: 'cancel' },
    }),
    'trips.HotelCancelled': ({ why = '' }, { trip }) => ({
      publish: [TripEnded({ trip, how: `cancelled, for ${why}` })],
      complete: true,
    }),
  },
  timeouts: {
    patience: (_, { key }) => ({
      state: { why: 'nobody answered' },
      send: [CancelHotel({ trip: key })],
    }),
  },
});

const travel = feature('travel', [
  trips,
  handle(BookHotel, {}, (data, _, { publish }) => {
    console.log(`  ${data.trip}: hotel booked`);
    publish(HotelBooked(data));
  }),
  handle(BookFlight, {}, (data, _, { publish }) => {
    console.log(`  ${data.trip}: flight asked for`);
    if (data.trip === 'Rome') publish(FlightBooked(data));
    if (data.trip === 'Oslo') publish(FlightRefused(data));
  }),
  handle(CancelHotel, {}, (data, _, { publish }) => {
    console.log(`  ${data.trip}: hotel cancelled`);
    publish(HotelCancelled(data));
  }),
  handle(CancelFlight, {}, ({ trip }) => console.log(`  ${trip}: flight cancelled`)),
  on(TripEnded, 'tell', {}, ({ trip, how }) => console.log(`  ${trip}: ${how}`)),
]);

const clock = new VirtualClock();
const app = createApp({
  service: 'travel',
  features: [travel],
  adapters: [inMemory()],
  clock,
  logger: jsonLogger({ level: 'silent' }),
});
await app.start();

console.log('day 1');
for (const trip of ['Rome', 'Oslo', 'Rio']) {
  await app.bus.publish(TripRequested({ trip }));
  await app.settled();
}
const { instances } = await app.processes.list({ process: 'trips' });
for (const { key, timeoutsDueAt } of instances) {
  console.log(`${key} waits, until ${timeoutsDueAt['patience']}`);
}

console.log('day 2');
await clock.advance(24 * HOUR_MS);
await app.settled();
console.log(`${(await app.processes.list()).instances.length} trips run`);
await app.stop();
