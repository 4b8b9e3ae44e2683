import { Random } from './random.ts';

/** What a press does: `idle` while its coil or tool is changed, `alarm` until somebody has looked. */
export type PressState = 'running' | 'idle' | 'alarm';

/** Mechanics of the press: an eccentric press that blanks and draws sheet steel. */
const CRANK_MM = 100;
const ROD_MM = 600;
/** Height above the bottom dead centre at which the tool meets the sheet. */
const DRAW_MM = 12;
const NOMINAL_FORCE_KN = 800;
const STROKES_PER_MINUTE = 40;
const SPEED_SPREAD = 0.1;

/** Electrics. */
const IDLE_POWER_KW = 4;
const FRICTION_KW = 6;
const EFFICIENCY = 0.88;
/** The flywheel spreads a stroke's work over about this many seconds of motor power. */
const FLYWHEEL_S = 2.5;
const VOLTS = 400;
const POWER_FACTOR = 0.85;
const SECONDS_PER_HOUR = 3600;

/** Heat: first order, each towards its surroundings. */
const OIL_S = 600;
const OIL_K_PER_KW = 1.6;
const BEARING_S = 150;
const BEARING_K_PER_KW = 1.1;
const AMBIENT_C = 21;
const AMBIENT_DAY_K = 3;
const DAY_S = 86_400;
const HOTTEST_S = 15 * SECONDS_PER_HOUR;

/** Wear: parts of a tool's and a bearing's life that a stroke takes, and what they do. */
const TOOL_WEAR = 1 / 20_000;
const BEARING_WEAR = 1 / 400_000;
const FORCE_BY_TOOL_WEAR = 0.25;
const VIBRATION_MM_S = 1.1;
const VIBRATION_BY_LOAD = 0.9;
const VIBRATION_BY_BEARING_WEAR = 7;
/** Above it a machine of this class should not run on (ISO 20816-3, zone D). */
const VIBRATION_LIMIT_MM_S = 7.1;
const SCRAP_CHANCE = 0.004;
const SCRAP_BY_TOOL_WEAR = 0.04;

/** Days in the life of a press. */
const STROKES_PER_COIL = 450;
const COIL_CHANGE_S = [8, 25] as const;
const TOOL_CHANGE_S = [60, 120] as const;
const ALARMS_PER_S = 1 / 900;
const ALARM_S = [4, 20] as const;
/** Material varies by coil, and within it slowly. */
const COIL_SPREAD = 0.06;
const MATERIAL_SPREAD = 0.01;
const MATERIAL_STROKES = 30;

/** What the sensors of a press show, in the resolution that they have. */
export interface RamValues {
  /** kN */
  readonly force: number;
  /** mm above the bottom dead centre */
  readonly position: number;
}

export interface ProcessValues {
  /** strokes per minute */
  readonly speed: number;
  /** A */
  readonly current: number;
  /** kW */
  readonly power: number;
  /** kWh */
  readonly energy: number;
  /** °C */
  readonly oil_temperature: number;
  readonly bearing_temperature: number;
  /** mm/s, root mean square */
  readonly vibration: number;
}

export interface StateValues {
  readonly state: PressState;
  /** Parts since the start, and those of them that are scrap. */
  readonly parts: number;
  readonly scrap: number;
}

/** One press: `advance` moves it on in time, the other methods read its sensors. All chance comes from the seed. */
export class Press {
  readonly #random: Random;
  readonly #nominalSpeed: number;
  #state: PressState = 'running';
  /** Seconds until an idle or alarmed press runs again. */
  #pause = 0;
  /** Crank angle in radians, 0 at the top dead centre. */
  #angle: number;
  #speed = 0;
  #strokes: number;
  #parts = 0;
  #scrap = 0;
  #coil = 1;
  #material = 1;
  #toolWear: number;
  #bearingWear: number;
  #force = 0;
  #workPower = 0;
  #power = IDLE_POWER_KW;
  #energy: number;
  #oil: number;
  #bearing: number;
  #ambientDrift = 0;

  constructor(random: Random) {
    this.#random = random;
    // A press that has been at work for a while.
    this.#nominalSpeed = STROKES_PER_MINUTE * random.between(1 - SPEED_SPREAD, 1 + SPEED_SPREAD);
    this.#angle = random.between(0, 2 * Math.PI);
    this.#strokes = Math.floor(random.between(0, STROKES_PER_COIL));
    this.#toolWear = random.between(0, 0.6);
    this.#bearingWear = random.between(0, 0.5);
    this.#energy = Math.floor(random.between(1_000, 90_000));
    this.#oil = AMBIENT_C + random.between(8, 20);
    this.#bearing = AMBIENT_C + random.between(10, 20);
    this.#newCoil();
  }

  get state(): PressState {
    return this.#state;
  }

  /** Moves on by `seconds`, a small part of a stroke, to the time `now` in seconds since 1970. */
  advance(seconds: number, now: number): void {
    this.#decide(seconds);
    // A clutch and a brake: the crank follows its set speed within tenths of a second.
    const target = this.#state === 'running' ? this.#nominalSpeed : 0;
    this.#speed += (target - this.#speed) * Math.min(1, seconds / 0.15);
    const before = this.#height();
    this.#angle += ((2 * Math.PI) / 60) * this.#speed * seconds;
    if (this.#angle >= 2 * Math.PI) {
      this.#angle -= 2 * Math.PI;
      this.#finishStroke();
    }
    this.#force = this.#pressing();
    const workKj = (this.#force * Math.max(0, before - this.#height())) / 1000;
    this.#drive(seconds, workKj);
    this.#warm(seconds, now);
  }

  ram(): RamValues {
    const noise = 0.3 * this.#random.normal();
    return { force: rounded(Math.max(0, this.#force + noise), 1), position: rounded(this.#height(), 2) };
  }

  process(): ProcessValues {
    const current = (this.#power * 1000) / (Math.sqrt(3) * VOLTS * POWER_FACTOR);
    return {
      speed: rounded(this.#speed, 1),
      current: rounded(current * (1 + 0.005 * this.#random.normal()), 1),
      power: rounded(this.#power, 2),
      energy: rounded(this.#energy, 2),
      oil_temperature: rounded(this.#oil, 1),
      bearing_temperature: rounded(this.#bearing + 0.05 * this.#random.normal(), 1),
      vibration: rounded(this.#vibration() * (1 + 0.03 * this.#random.normal()), 2),
    };
  }

  report(): StateValues {
    return { state: this.#state, parts: this.#parts, scrap: this.#scrap };
  }

  #decide(seconds: number): void {
    if (this.#state !== 'running') {
      this.#pause -= seconds;
      if (this.#pause <= 0) this.#state = 'running';
    } else if (this.#vibration() > VIBRATION_LIMIT_MM_S) {
      this.#bearingWear = 0;
      this.#stop('alarm', TOOL_CHANGE_S);
    } else if (this.#random.happens(ALARMS_PER_S, seconds)) this.#stop('alarm', ALARM_S);
  }

  #stop(state: PressState, [from, to]: readonly [number, number]): void {
    this.#state = state;
    this.#pause = this.#random.between(from, to);
  }

  /** Crank and rod: height of the slide above the bottom dead centre, in mm. */
  #height(): number {
    const across = CRANK_MM * Math.sin(this.#angle);
    const along = Math.sqrt(ROD_MM ** 2 - across ** 2) - CRANK_MM * Math.cos(this.#angle);
    return CRANK_MM + ROD_MM - along;
  }

  /** The sheet resists on the way down: steeply, then yielding, then it is cut through. */
  #pressing(): number {
    const height = this.#height();
    if (this.#angle > Math.PI || height > DRAW_MM || this.#speed === 0) return 0;
    const depth = 1 - height / DRAW_MM;
    const resistance = Math.sin(Math.PI * depth ** 0.7) ** 0.8;
    return NOMINAL_FORCE_KN * this.#coil * this.#material * (1 + FORCE_BY_TOOL_WEAR * this.#toolWear) * resistance;
  }

  #finishStroke(): void {
    const random = this.#random;
    this.#strokes++;
    this.#parts++;
    if (random.even() < SCRAP_CHANCE + SCRAP_BY_TOOL_WEAR * this.#toolWear ** 3) this.#scrap++;
    this.#toolWear += TOOL_WEAR * random.between(0.5, 1.5);
    this.#bearingWear += BEARING_WEAR * random.between(0.5, 1.5);
    this.#material +=
      (1 - this.#material) / MATERIAL_STROKES + (MATERIAL_SPREAD * random.normal()) / Math.sqrt(MATERIAL_STROKES);
    if (this.#toolWear >= 1) {
      this.#toolWear = 0;
      this.#stop('idle', TOOL_CHANGE_S);
    } else if (this.#strokes >= STROKES_PER_COIL) this.#stop('idle', COIL_CHANGE_S);
    if (this.#strokes >= STROKES_PER_COIL) this.#newCoil();
  }

  #newCoil(): void {
    this.#strokes = this.#strokes >= STROKES_PER_COIL ? 0 : this.#strokes;
    this.#coil = 1 + COIL_SPREAD * this.#random.between(-1, 1);
  }

  #drive(seconds: number, workKj: number): void {
    this.#workPower += (workKj / seconds - this.#workPower) * Math.min(1, seconds / FLYWHEEL_S);
    const friction = FRICTION_KW * (this.#speed / STROKES_PER_MINUTE) * (1 + 0.3 * this.#bearingWear);
    this.#power = IDLE_POWER_KW + (friction + this.#workPower) / EFFICIENCY;
    this.#energy += (this.#power * seconds) / SECONDS_PER_HOUR;
  }

  #warm(seconds: number, now: number): void {
    this.#ambientDrift += -this.#ambientDrift * (seconds / 1800) + 0.02 * Math.sqrt(seconds) * this.#random.normal();
    const ofDay = Math.cos((2 * Math.PI * ((now % DAY_S) - HOTTEST_S)) / DAY_S);
    const ambient = AMBIENT_C + AMBIENT_DAY_K * ofDay + this.#ambientDrift;
    const oilTarget = ambient + OIL_K_PER_KW * this.#power;
    const bearingTarget =
      this.#oil + BEARING_K_PER_KW * this.#power * (this.#speed / STROKES_PER_MINUTE) * (0.5 + this.#bearingWear);
    this.#oil += (oilTarget - this.#oil) * Math.min(1, seconds / OIL_S);
    this.#bearing += (bearingTarget - this.#bearing) * Math.min(1, seconds / BEARING_S);
  }

  #vibration(): number {
    const load = this.#workPower / NOMINAL_POWER_KW;
    const turning = this.#speed / STROKES_PER_MINUTE;
    return (
      0.15 + turning * (VIBRATION_MM_S + VIBRATION_BY_LOAD * load + VIBRATION_BY_BEARING_WEAR * this.#bearingWear ** 2)
    );
  }
}

/** Work of a press at its nominal force and speed. */
const NOMINAL_POWER_KW = (NOMINAL_FORCE_KN * 0.7 * (DRAW_MM / 1000) * STROKES_PER_MINUTE) / 60;

/** In decimals, as an instrument shows it: the nearest double of that decimal. */
function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale + 0;
}
