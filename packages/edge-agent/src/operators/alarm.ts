import { bySeries, carrying, defineOperator, Kind, Lane, Quality, type SampleBatch } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { Alarm } from './alarm/alarm.ts';
import { alarmConfig } from './alarm/config.ts';
import { Transitions } from './alarm/transitions.ts';

/**
 * Alarms in the words of ANSI/ISA-18.2 (IEC 62682): each has a name, a setpoint, a deadband, an on-delay, an off-delay and a
 * priority. Emits, on the alarm lane and nothing else, the state of each alarm of each series whenever it changes, into
 * `<input path>/<stream>/<name>`, and its priority, if it has one, into `…/priority`. States are texts, as people read
 * them, and as there may be more of them where operators acknowledge:
 *
 * - `NORM`: normal, from the first sample on.
 * - `UNACK`: active, unacknowledged.
 * - `RTNUN`: returned to normal, unacknowledged.
 *
 * Nobody acknowledges at the edge. What acknowledges, shelves or suppresses follows these and goes on to ACK and NORM.
 *
 * An alarm is raised beyond its setpoint, and returns where a value is back by the deadband or more: between the two nothing
 * changes. A value lasts until the next one of its series: a delay ends in event time, and a state is
 * stamped with that time. Where no sample comes, the agent's clock counts the rest of a delay, from the tick after the
 * newest sample; should a sample come then that is earlier than that end and says otherwise, the alarm turns back at the
 * same time, with a greater revision.
 *
 * Booleans are 0 and 1, integers the nearest doubles. Bad quality, NaN and text say nothing: the state stays, and they are
 * counted, as are rows beyond the horizon. Rows that are late, before the newest of their series, are counted and not judged, for what
 * was raised cannot be unheard; a correction of the newest is judged as the next sample. An uncertain sample makes an
 * uncertain state. All is bounded by the limit of series.
 */
export const alarm = defineOperator({
  name: 'alarm',
  version: 1,
  summary: 'Raise alarms, in the words of ISA-18.2, which leave before all other data.',
  names: 'stream',
  config: alarmConfig,
  examples: [
    {
      title: 'Too hot',
      config: { hot: { above: 80, deadband: 2, priority: 'high' } },
      given: `
        0s  oven/temperature  79.5 Cel
        1s  oven/temperature  80.5
        2s  oven/temperature  79
        3s  oven/temperature  81
        4s  oven/temperature  78   ?
        5s  oven/temperature  80
      `,
      expected: `
        0s  oven/temperature/s/hot           'NORM'  @alarm
        0s  oven/temperature/s/hot/priority  'high'  @alarm
        1s  oven/temperature/s/hot           'UNACK' @alarm
        1s  oven/temperature/s/hot/priority  'high'  @alarm
        4s  oven/temperature/s/hot           'RTNUN' ? @alarm
        4s  oven/temperature/s/hot/priority  'high'  ? @alarm
      `,
    },
    {
      title: 'Delays, while samples come and while none do',
      config: { hot: { above: 80, onDelay: '3s', offDelay: '2s' } },
      given: `
        0s   oven/temperature  81
        2s   oven/temperature  80
        3s   oven/temperature  81
        5s   oven/temperature  82
        8s   oven/temperature  83
        9s   oven/temperature  79
        tick 10s
        tick 11s
        tick 12s
        10s  oven/temperature  84
        tick 13s
        tick 15s
        tick 16s
      `,
      expected: `
        0s   oven/temperature/s/hot  'NORM'  @alarm
        6s   oven/temperature/s/hot  'UNACK' @alarm
        tick 10s
        tick 11s
        tick 12s
        11s  oven/temperature/s/hot  'RTNUN' @alarm
        tick 13s
        tick 15s
        tick 16s
        13s  oven/temperature/s/hot  'UNACK' @alarm
      `,
    },
    {
      title: 'Too fast, and too far from the mean',
      config: {
        falling: { rate: '1s', below: -2, deadband: 1 },
        odd: { deviation: { mean: '10s' }, above: 5 },
      },
      given: `
        0s   pump/pressure  10 bar
        1s   pump/pressure  9
        2s   pump/pressure  6
        3s   pump/pressure  4
        4s   pump/pressure  3
        10s  pump/pressure  9
        11s  pump/pressure  9
      `,
      expected: `
        0s   pump/pressure/s/odd      'NORM'  @alarm
        1s   pump/pressure/s/falling  'NORM'  @alarm
        2s   pump/pressure/s/falling  'UNACK' @alarm
        3s   pump/pressure/s/odd      'UNACK' @alarm
        4s   pump/pressure/s/falling  'RTNUN' @alarm
        10s  pump/pressure/s/odd      'RTNUN' @alarm
      `,
    },
  ],
  create(context) {
    const { config, state, series, count } = context;
    const newest = {
      time: state.float64('newest', Number.NEGATIVE_INFINITY),
      quality: state.float64('quality', Quality.good),
    };
    const transitions = new Transitions();
    const alarms = Object.entries(config).map(
      ([name, rule]) => new Alarm(context, { name, config: rule, newest, transitions }),
    );

    function fold(batch: SampleBatch, id: number, from: number, to: number): void {
      for (const one of alarms) one.fold(batch, id, from, to);
      transitions.flush();
      newest.time.values[id] = batch.time[to - 1];
      newest.quality.values[id] = batch.quality[to - 1];
    }

    /** Why a row that has no number, or no time that counts, is left out; undefined for one at the time of the newest. */
    function reasonAgainst({ time, value, quality, kind, horizon }: SampleBatch, row: number, id: number) {
      if (kind?.[row] === Kind.text) return 'text';
      if (time[row] > horizon) return 'beyond horizon';
      if (quality[row] === Quality.bad) return 'bad quality';
      if (Number.isNaN(value[row])) return 'not a number';
      return time[row] < newest.time.values[id] ? 'late' : undefined;
    }

    function foldRun(batch: SampleBatch, id: number, from: number, to: number): void {
      const { time, value, quality, horizon } = batch;
      for (let row = from; row < to;) {
        let greatest = newest.time.values[id];
        let end = row;
        while (end < to) {
          const t = time[end];
          // A text's number is NaN.
          if (!(t > greatest && t <= horizon) || quality[end] === Quality.bad || Number.isNaN(value[end])) break;
          greatest = t;
          end++;
        }
        if (end > row) {
          fold(batch, id, row, end);
          row = end;
          continue;
        }
        const reason = reasonAgainst(batch, row, id);
        if (reason === undefined) fold(batch, id, row, row + 1);
        else count(`alarm: ${reason}`, 1);
        row++;
      }
    }

    return map((batch) => {
      newest.time.reserve(series.size);
      newest.quality.reserve(series.size);
      for (const one of alarms) {
        one.reserve(series.size);
        one.advance(batch);
      }
      transitions.flush();
      bySeries(batch, (id, from, to) => foldRun(batch, id, from, to));
      return carrying({ ...batch, lane: Lane.alarm }, transitions.take());
    });
  },
});
