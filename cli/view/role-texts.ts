/** The roles, and what they are for; the page on permissions has what each may do. */
export const roleTexts: Readonly<Record<string, string>> = {
  Administrator: "everything",
  Auditor: "reads everything, the audit and the keys included; changes nothing",
  Definition: "writes processes; starts, stops and looks at executions",
  Operator: "looks after what runs: starts, stops, answers, closes alerts, drains",
  "Creator-owner":
    "deploys processes, and has full control of the processes and executions that it owns",
  Server: "agents and servers that join: takes activities and answers them",
  Northbound: "starts any process, and looks at what it started",
};
