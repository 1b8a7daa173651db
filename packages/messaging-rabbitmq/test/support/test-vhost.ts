import { startRabbitmq, type PrivateRabbitmq, type PrivateVhost } from '@tidings/testing/servers';
import { afterAll, beforeAll } from 'vitest';

/** A virtual host for the tests of one file; that nothing is left connected to it is checked at the end. */
export function testVhost(): { readonly broker: PrivateRabbitmq; readonly vhost: PrivateVhost } {
  let broker: PrivateRabbitmq | undefined;
  let vhost: PrivateVhost | undefined;
  beforeAll(async () => {
    broker = await startRabbitmq();
    vhost = await broker.createVhost();
  });
  afterAll(async () => {
    await vhost?.assertNothingLeft();
    await vhost?.drop();
    await broker?.stop();
  });
  return {
    get broker() {
      if (broker === undefined) throw new TypeError('the broker is not started yet');
      return broker;
    },
    get vhost() {
      if (vhost === undefined) throw new TypeError('the virtual host is not made yet');
      return vhost;
    },
  };
}
