import type { Definition } from "./Definition.js"

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Branchline's own metrics. */
export const own = {
  branchline_build_info: { type: "gauge", help: "1, with the version", labels: ["version"] },
  branchline_ec2_calls_total: {
    type: "counter",
    help: "Calls made to EC2 by what came of them: ok, interrupted, defect, or the reason of the failure",
    labels: ["action", "outcome"]
  },
  branchline_ec2_call_duration_seconds: { type: "histogram", help: "Duration of calls to EC2, the wait for their turn not included", labels: ["action"], buckets: seconds },
  branchline_ec2_rate: { type: "gauge", help: "Calls a second that EC2 is believed to grant in the long run; it starts at what is documented and is learned", labels: ["action"] },
  branchline_ec2_burst: { type: "gauge", help: "Calls that EC2 is believed to grant at once", labels: ["action"] },
  branchline_ec2_tokens: { type: "gauge", help: "Calls that could go at this moment; below 0 they are owed for the pages of a describe", labels: ["action"] },
  branchline_ec2_beyond: { type: "gauge", help: "Calls that may go beyond that at once, to find out whether EC2 grants more", labels: ["action"] },
  branchline_ec2_refusing: { type: "gauge", help: "1 while EC2 throttles what it should grant", labels: ["action"] },
  branchline_ec2_unavailable: { type: "gauge", help: "1 while EC2 does not answer; one call in five seconds finds out whether it does again", labels: ["action"] },
  branchline_ec2_waiting: { type: "gauge", help: "Calls in line for their turn at EC2", labels: ["action", "priority"] },
  branchline_ec2_sent_total: { type: "counter", help: "Calls that went out to EC2, a describe once for each page", labels: ["action"] },
  branchline_ec2_throttled_total: { type: "counter", help: "Of those, refused by EC2's rates; they went again", labels: ["action"] },
  branchline_ec2_waits_total: { type: "counter", help: "Of those, calls that had to wait", labels: ["action"] },
  branchline_ec2_waited_seconds_total: { type: "counter", help: "For how long they waited altogether", labels: ["action"] },
  branchline_kubernetes_requests_total: {
    type: "counter",
    help: "Requests to the API server by what came of them: ok, interrupted, defect, or the reason of the failure",
    labels: ["verb", "resource", "outcome"]
  },
  branchline_kubernetes_request_duration_seconds: { type: "histogram", help: "Duration of requests to the API server, watches not included", labels: ["verb"], buckets: seconds },
  branchline_kubernetes_watch_events_total: { type: "counter", help: "Elements that watches brought", labels: ["resource", "type"] },
  branchline_kubernetes_watches_ended_total: {
    type: "counter",
    help: "Watches that ended: closed by the server, expired, failed, or stopped by us",
    labels: ["resource", "end"]
  },
  branchline_pod_allocation_duration_seconds: {
    type: "histogram",
    help: "Time from the moment that a bound pod is first seen to want a branch until its annotation is written",
    buckets: [...seconds, 60, 120]
  },
  branchline_branch_transitions_total: { type: "counter", help: "States that branches entered; gone is the last", labels: ["state"] },
  branchline_branch_failures_total: { type: "counter", help: "Failed steps of branches by the state they failed in", labels: ["state", "kind"] },
  branchline_pods_told_to_wait_total: { type: "counter", help: "Times that a pod was told that it has to wait for a branch", labels: ["why"] },
  branchline_steps_refused_total: { type: "counter", help: "Events that meant nothing in the state that their trunk was in" },
  branchline_trunks: { type: "gauge", help: "Instances that have a trunk, or are to have one", labels: ["state"] },
  branchline_branches: { type: "gauge", help: "Branches by state", labels: ["state"] },
  branchline_branch_slots: { type: "gauge", help: "Branches that all trunks together can carry, and how many of these places are taken", labels: ["slot"] },
  branchline_vlan_ids: { type: "gauge", help: "VLAN ids of all trunks together that are in use, quarantined or at rest", labels: ["state"] },
  branchline_pods_waiting: { type: "gauge", help: "Pods in line for a branch", labels: ["why"] },
  branchline_queue_ready: { type: "gauge", help: "Keys that are due and wait for a worker", labels: ["priority"] },
  branchline_queue_delayed: { type: "gauge", help: "Keys that are due later, those that back off among them" },
  branchline_queue_running: { type: "gauge", help: "Keys that are worked on" },
  branchline_policies: { type: "gauge", help: "SecurityGroupPolicies that are in force, and that are ignored because they are invalid", labels: ["state"] },
  branchline_observe_would_total: { type: "counter", help: "Steps that the controller would have taken, while it only observes", labels: ["step"] },
  branchline_observe_differences: { type: "gauge", help: "Differences between what the cluster is and what it should be, while the controller only observes", labels: ["kind"] },
  branchline_leader: { type: "gauge", help: "1 where this process leads" },
  branchline_leadership_changes_total: { type: "counter", help: "Times that this process began to lead, or ceased to", labels: ["to"] },
  branchline_flow_waiting: { type: "gauge", help: "Calls in line for their turn at the API server", labels: ["lane"] },
  branchline_flow_in_flight: { type: "gauge", help: "Calls that had to take their turn and are under way to the API server" },
  branchline_flow_sent_total: { type: "counter", help: "Calls that went out to the API server; unheld are lists, watches and leases, which take no turns", labels: ["lane"] },
  branchline_flow_refused_total: { type: "counter", help: "Of those, answered with a 429", labels: ["lane"] },
  branchline_flow_waits_total: { type: "counter", help: "Of those, calls that had to wait", labels: ["lane"] },
  branchline_flow_waited_seconds_total: { type: "counter", help: "For how long they waited altogether", labels: ["lane"] },
  branchline_webhook_requests_total: { type: "counter", help: "Answers of the webhook server", labels: ["path", "status"] },
  branchline_webhook_request_duration_seconds: {
    type: "histogram",
    help: "Time from a webhook request's head to its answer",
    labels: ["path"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  },
  branchline_webhook_in_flight: { type: "gauge", help: "Webhook requests that are being received or decided" },
  branchline_webhook_connections: { type: "gauge", help: "Open connections to the webhook server" },
  branchline_webhook_failed_handshakes_total: { type: "counter", help: "TLS handshakes that failed: clients that do not trust the certificate, port scanners" },
  branchline_webhook_certificate_expiry_timestamp_seconds: { type: "gauge", help: "When the webhook certificate in force ends, seconds since the epoch" }
} as const satisfies Readonly<Record<string, Definition>>
