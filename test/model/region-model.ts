/** What regions do to an environment (`region-state.ts`), and what must never come of it. */
import type { Model, Step } from "./checker.ts";
import {
  copyOf,
  type Environment,
  historyOf,
  initialEnvironment,
  newestEpoch,
  type Region,
  type RegionRule,
  type RegionScope,
} from "./region-state.ts";

type Offer = (name: string, change: (next: Environment) => void) => void;

interface Place {
  readonly scope: RegionScope;
  readonly state: Environment;
  readonly index: number;
}

const holds = ({ without }: RegionScope, rule: RegionRule): boolean => without !== rule;

const regionIn = (state: Environment, index: number): Region => state.regions[index] as Region;

const stepDown = (region: Region): void => {
  Object.assign(region, { epoch: 0, isFresh: false, step: "standby", saw: 0, next: 0, puts: [] });
};

const looks = ({ state, index }: Place, offer: Offer): void => {
  const { epoch, isFresh } = regionIn(state, index);
  if (epoch > 0 && !isFresh)
    offer(`region ${index} looks at the control item`, ({ control, regions }) => {
      const region = regions[index] as Region;
      if (control.owner === index && control.epoch === epoch) region.isFresh = true;
      else stepDown(region);
    });
  if (isFresh)
    offer(`what region ${index} saw is old`, (next) => {
      regionIn(next, index).isFresh = false;
    });
};

const mayAct = ({ scope, state, index }: Place): boolean =>
  regionIn(state, index).isFresh ||
  !holds(scope, "a region acts only after a fresh look at the control item");

/** It begins activities, and records what it is told. */
const works = (place: Place, offer: Offer): void => {
  const { scope, state, index } = place;
  const { step, epoch, next: seq, puts } = regionIn(state, index);
  if (epoch === 0 || !mayAct(place)) return;
  if (step === "goes on")
    offer(`region ${index} begins an activity`, (next) => {
      const isTakenOver = newestEpoch(next, next.logs.length) > epoch;
      if (isTakenOver) next.wrong = "a region began an activity of what another has taken over";
    });
  const isAtWork = step === "goes on" || puts.length > 0;
  if (isAtWork && puts.length < 2 && state.factCount < scope.factsMax)
    offer(`region ${index} is told a fact`, (next) => {
      next.factCount += 1;
      const region = regionIn(next, index);
      region.puts.push({ epoch, seq, entry: { kind: "fact", id: next.factCount } });
      region.next += 1;
    });
};

const arrives = ({ scope, state, index }: Place, offer: Offer): void => {
  const put = regionIn(state, index).puts[0];
  if (put === undefined) return;
  const { epoch, seq, entry } = put;
  offer(`a put of region ${index} at ${epoch}#${seq} arrives`, (next) => {
    const region = regionIn(next, index);
    const log = next.logs[epoch] ?? [];
    const isFree = log.length === seq;
    if (!isFree && holds(scope, "a put is refused where a record is")) {
      stepDown(region);
      return;
    }
    log[seq] = entry;
    region.puts.shift();
    if (entry.kind === "fact") next.acknowledged.push(entry.id);
    if (entry.kind === "takeover" && region.epoch === epoch) region.step = "goes on";
  });
};

const failsOver = ({ scope, state, index }: Place, offer: Offer): void => {
  const { epoch, saw } = regionIn(state, index);
  const { control } = state;
  if (epoch > 0 || control.owner === index) return;
  if (saw === 0 && control.epoch < scope.epochsMax)
    offer(`region ${index} is to take over`, (next) => {
      regionIn(next, index).saw = control.epoch;
    });
  if (saw > 0)
    offer(`region ${index} raises the epoch to ${saw + 1}`, (next) => {
      const region = regionIn(next, index);
      const isSame = next.control.epoch === saw;
      region.saw = 0;
      if (!isSame && holds(scope, "the epoch is raised by a conditional write")) return;
      next.control = { epoch: saw + 1, owner: index };
      Object.assign(region, { epoch: saw + 1, isFresh: true, step: "waits", next: 0 });
    });
};

const takesOver = (place: Place, offer: Offer): void => {
  const { scope, state, index } = place;
  const { step, epoch, puts } = regionIn(state, index);
  const mayOthersAct = state.regions.some(
    (other, at) => at !== index && other.epoch < epoch && other.isFresh,
  );
  const waits = holds(scope, "a failover waits until the old region may not act");
  if (step === "waits" && !(waits && mayOthersAct))
    offer(`region ${index} has waited`, (next) => {
      regionIn(next, index).step = "takes over";
    });
  if (step === "takes over" && puts.length === 0 && mayAct(place))
    offer(`region ${index} fences and takes over`, (next) => fence({ scope, state: next, index }));
};

/** Fences what must not grow any more, and sends the takeover on its way. */
const fence = ({ scope, state, index }: Place): void => {
  const region = regionIn(state, index);
  const { epoch } = region;
  const from = newestEpoch(state, epoch);
  const log = state.logs[from] ?? [];
  const isFenced = log.at(-1)?.kind === "fence";
  const last = log.length - (isFenced ? 2 : 1);
  if (!isFenced && holds(scope, "a takeover fences the end of the log that it takes over"))
    log.push({ kind: "fence" });
  if (holds(scope, "a takeover fences the epochs in between"))
    for (let between = from + 1; between < epoch; between += 1)
      if (state.logs[between]?.length === 0) state.logs[between] = [{ kind: "fence" }];
  region.puts.push({ epoch, seq: 0, entry: { kind: "takeover", from, last } });
  region.next = 1;
};

const stepsOf = (scope: RegionScope, state: Environment): readonly Step<Environment>[] => {
  const steps: Step<Environment>[] = [];
  const offer: Offer = (name, change) => {
    const next = copyOf(state);
    change(next);
    steps.push({ name, isSure: true, next });
  };
  for (const index of state.regions.keys()) {
    const place = { scope, state, index };
    looks(place, offer);
    works(place, offer);
    arrives(place, offer);
    failsOver(place, offer);
    takesOver(place, offer);
  }
  return steps;
};

const violationOf = (state: Environment): string | undefined => {
  if (state.wrong !== "") return state.wrong;
  const owned = state.regions.map(({ epoch }) => epoch).filter((epoch) => epoch > 0);
  if (new Set(owned).size < owned.length) return "two regions own the same epoch";
  const history = new Set(historyOf(state));
  const lost = state.acknowledged.find((id) => !history.has(id));
  return lost === undefined ? undefined : `the acknowledged fact ${lost} is lost`;
};

/** Safety only: that a takeover comes to its end is the sweep's business. */
export const regionModel = (scope: RegionScope): Model<Environment> => ({
  initial: initialEnvironment(scope),
  steps: (state) => stepsOf(scope, state),
  key: (state) => JSON.stringify(state),
  pack: (state) => JSON.stringify(state),
  unpack: (text) => JSON.parse(text),
  violation: violationOf,
  isGoal: () => true,
});
