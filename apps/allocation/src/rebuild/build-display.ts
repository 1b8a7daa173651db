import type { ProjectionStatus } from '@tidings/core';
import { Presets, SingleBar } from 'cli-progress';

const EVERY_MS = 2000;

/** Shows how far the building of a read model has come. */
export interface BuildDisplay {
  show(status: ProjectionStatus): void;
  stop(): void;
}

/** A bar on a terminal, else a line now and then. */
export function showBuild(stream: NodeJS.WriteStream): BuildDisplay {
  return stream.isTTY ? barOn(stream) : buildLines((line) => void stream.write(`${line}\n`));
}

function barOn(stream: NodeJS.WriteStream): BuildDisplay {
  const bar = new SingleBar(
    {
      stream,
      format: '{name} [{bar}] {percentage} %  {value} of {total} events  {rate} per second  {left}',
      hideCursor: true,
    },
    Presets.legacy,
  );
  return {
    show: ({ name, head, building }) => {
      const total = building?.total ?? head;
      const payload = { name, rate: building?.perSecond ?? '?', left: timeLeft(building?.msLeft) };
      if (!bar.isActive) bar.start(total, 0, payload);
      bar.setTotal(total);
      bar.update(building?.position ?? total, payload);
    },
    stop: () => bar.stop(),
  };
}

/** Writes a line at most every two seconds. */
export function buildLines(write: (line: string) => void): BuildDisplay {
  let last = -Infinity;
  return {
    show: ({ name, building }) => {
      if (building === undefined || performance.now() - last < EVERY_MS) return;
      last = performance.now();
      const { position, total, perSecond = '?', msLeft } = building;
      const percent = Math.floor((100 * position) / Math.max(1, total));
      const rate = `${perSecond} per second`;
      write(`${name}: ${percent} %, ${position} of ${total} events, ${rate} ${timeLeft(msLeft)}`);
    },
    stop: () => {},
  };
}

function timeLeft(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '' : `${Math.ceil(milliseconds / 1000)} s left`;
}
