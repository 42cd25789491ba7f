import { CfnOutput, Duration, Stack, type StackProps, Tags } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { catalogTable, executionsTable } from "#platforms/aws/tables.ts";
import packageJson from "../package.json" with { type: "json" };
import { AdminToken } from "./admin-token.ts";
import { AlarmBoard } from "./alarm-board.ts";
import { Board } from "./board.ts";
import {
  watchApi,
  watchBuffer,
  watchDeadLetters,
  watchFunction,
  watchSweep,
  watchTable,
} from "./concerns.ts";
import { EnvironmentBus } from "./environment-bus.ts";
import { EnvironmentKey } from "./environment-key.ts";
import { memoryMib } from "./memory.ts";
import { Northbound } from "./northbound.ts";
import { grantIngest, grantNorthbound, grantSweep, grantTurn } from "./permissions.ts";
import { fixedOutputs } from "./preflight.ts";
import { triggerByQueue } from "./queue-trigger.ts";
import { Buffer } from "./queues.ts";
import type { Settings } from "./settings.ts";
import { Sweep } from "./sweep.ts";
import { Tables } from "./tables.ts";
import { type CodeOf, timeouts, UnitFunction } from "./unit-function.ts";
import { ValueBucket } from "./value-bucket.ts";

export interface EnvironmentStackProps extends StackProps {
  readonly settings: Settings;
  readonly codeOf: CodeOf;
}

/** A work item comes back after each deferral, so a healthy one is received often; far above the tries after which an execution is set aside. */
const workReceiveCountMax = 200;
const ingressReceiveCountMax = 10;
const reportingReceiveCountMax = 100;
const ingestConcurrencyMax = 10;

/** One environment in one region. */
export class EnvironmentStack extends Stack {
  readonly #settings: Settings;
  readonly #tables: Tables;
  readonly #bucket: ValueBucket;
  readonly #key: EnvironmentKey;
  readonly #adminToken: AdminToken;
  readonly #work: Buffer;
  readonly #ingress: Buffer;
  readonly #reporting: Buffer;
  readonly #bus: EnvironmentBus;
  readonly #alarms: AlarmBoard;

  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    const { settings, codeOf, ...stackProps } = props;
    super(scope, id, {
      description: `Holdfast ${packageJson.version}, environment ${settings.environment}`,
      terminationProtection: settings.isProtected,
      ...stackProps,
    });
    Tags.of(this).add("holdfast:environment", settings.environment);
    this.#settings = settings;
    this.#tables = new Tables(this, "Tables", settings);
    this.#bucket = new ValueBucket(this, "Values");
    this.#key = new EnvironmentKey(this, "EnvironmentKey", settings);
    this.#adminToken = new AdminToken(this, "AdminToken", settings);
    this.#work = this.#buffer("Work", timeouts.turn, workReceiveCountMax);
    this.#ingress = this.#buffer("Ingress", timeouts.ingest, ingressReceiveCountMax);
    this.#reporting = this.#buffer("Reporting", Duration.minutes(5), reportingReceiveCountMax);
    this.#bus = new EnvironmentBus(this, "Events", this.#ingress);
    this.#alarms = new AlarmBoard(this, "Alarms", settings);
    this.#functions(codeOf);
    new CfnOutput(this, "EventBus", {
      description: "Takes events that start executions, and tells changes of status",
      value: this.#bus.bus.eventBusName,
    });
    new CfnOutput(this, "IngressQueueArn", {
      description: "Target of schedules that start executions",
      value: this.#ingress.queue.queueArn,
    });
    new CfnOutput(this, fixedOutputs.shards, {
      description: "Parts of each index of the tables, fixed at the first deployment",
      value: String(settings.shards),
    });
    new CfnOutput(this, fixedOutputs.homeRegion, {
      description: "Region in the ARNs that the environment gives, fixed at the first deployment",
      value: this.#homeRegion,
    });
  }

  get #homeRegion(): string {
    return this.#settings.homeRegion === "" ? this.region : this.#settings.homeRegion;
  }

  #buffer(id: string, visibility: Duration, receiveCountMax: number): Buffer {
    return new Buffer(this, id, { visibility, receiveCountMax });
  }

  #variables(): Readonly<Record<string, string>> {
    return {
      HOLDFAST_ENVIRONMENT: this.#settings.environment,
      HOLDFAST_VERSION: packageJson.version,
      HOLDFAST_EXECUTIONS_TABLE: this.#tables.executions.tableName,
      HOLDFAST_CATALOG_TABLE: this.#tables.catalog.tableName,
      HOLDFAST_SHARDS: String(this.#settings.shards),
      HOLDFAST_WORK_QUEUE_URL: this.#work.queue.queueUrl,
      HOLDFAST_WORK_DLQ_URL: this.#work.deadLetters.queueUrl,
      HOLDFAST_INGRESS_QUEUE_URL: this.#ingress.queue.queueUrl,
      HOLDFAST_REPORTING_QUEUE_URL: this.#reporting.queue.queueUrl,
      HOLDFAST_BUCKET: this.#bucket.bucket.bucketName,
      HOLDFAST_KEY_ARN: this.#key.key.keyArn,
      HOLDFAST_EVENT_BUS: this.#bus.bus.eventBusName,
      HOLDFAST_ADMIN_SECRET_ARN: this.#adminToken.secret.secretArn,
      HOLDFAST_ACCOUNT: this.account,
      HOLDFAST_REGION: this.#homeRegion,
    };
  }

  #functions(codeOf: CodeOf): void {
    const settings = this.#settings;
    const common = { settings, codeOf, variables: this.#variables() };
    const northbound = new Northbound(this, "Northbound", common);
    const turn = new UnitFunction(this, "Turn", {
      ...common,
      unit: "turn",
      description: "Takes turns on executions",
      timeout: timeouts.turn,
      memoryMib: settings.turnMemoryMib,
    });
    const ingest = new UnitFunction(this, "Ingest", {
      ...common,
      unit: "ingest",
      description: "Starts executions for events",
      timeout: timeouts.ingest,
      memoryMib: memoryMib.ingest,
    });
    const sweep = new Sweep(this, "Sweep", common);
    const to = {
      settings,
      tables: this.#tables,
      bucket: this.#bucket,
      bus: this.#bus.bus,
      adminToken: this.#adminToken,
      key: this.#key,
      work: this.#work.queue,
      workDeadLetters: this.#work.deadLetters,
    };
    grantNorthbound(northbound.unit, to);
    grantTurn(turn, to);
    grantIngest(ingest, to);
    grantSweep(sweep.unit, to);
    triggerByQueue(turn, this.#work.queue, settings.turnConcurrency);
    triggerByQueue(ingest, this.#ingress.queue, ingestConcurrencyMax);
    this.#watch(northbound, sweep, [northbound.unit, turn, ingest, sweep.unit]);
  }

  #watch(northbound: Northbound, sweep: Sweep, units: readonly UnitFunction[]): void {
    const { environment, isCanary } = this.#settings;
    for (const unit of units) {
      const rollBackOn: readonly Alarm[] = watchFunction(this.#alarms, unit);
      if (isCanary) unit.deployByCanary(rollBackOn);
    }
    watchBuffer(this.#alarms, this.#work, { name: "work", ageMaxS: 300 });
    watchBuffer(this.#alarms, this.#ingress, { name: "ingress", ageMaxS: 300 });
    // Nothing is lost while the reporting database is away: an hour of it is worth a look.
    watchBuffer(this.#alarms, this.#reporting, { name: "reporting", ageMaxS: 3600 });
    watchDeadLetters(this.#alarms, sweep.deadLetters, "sweep");
    watchTable(this.#alarms, this.#tables.executions, {
      name: "Executions",
      indexes: executionsTable.indexes.map(({ name }) => name),
    });
    watchTable(this.#alarms, this.#tables.catalog, {
      name: "Catalog",
      indexes: catalogTable.indexes.map(({ name }) => name),
    });
    watchSweep(this.#alarms, environment);
    watchApi(this.#alarms, northbound.api);
    new Board(this, "Board", {
      environment,
      alarms: this.#alarms,
      api: northbound.api,
      units,
      queues: {
        work: this.#work.queue,
        ingress: this.#ingress.queue,
        reporting: this.#reporting.queue,
      },
      deadLetters: {
        work: this.#work.deadLetters,
        ingress: this.#ingress.deadLetters,
        reporting: this.#reporting.deadLetters,
        sweep: sweep.deadLetters,
      },
      tables: [this.#tables.executions, this.#tables.catalog],
    });
  }
}
