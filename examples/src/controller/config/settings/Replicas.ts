import { leaderLease } from "@branchline/core/model/Names"
import * as Kind from "../Kind.js"
import { certain, possible } from "../Setting.js"

const second = 1_000
const minute = 60 * second

/** What replicas share: the lease and the webhooks. */
export const leadership = {
  leaderElection: certain({
    group: "Leadership",
    kind: Kind.flag,
    otherwise: true,
    file: "leadership.election",
    means: "Work only while holding the lease; without it, never run two at once"
  }),
  identity: possible({
    group: "Leadership",
    kind: Kind.text("name"),
    file: "leadership.identity",
    alsoFrom: ["POD_NAME"],
    otherwiseText: "the host's name and a random part",
    means: "Who holds the lease; different for every replica"
  }),
  leaseNamespace: certain({
    group: "Leadership",
    kind: Kind.objectName,
    otherwise: leaderLease.namespace,
    file: "leadership.namespace",
    means: "The Lease's namespace"
  }),
  leaseName: certain({
    group: "Leadership",
    kind: Kind.objectName,
    otherwise: leaderLease.name,
    file: "leadership.name",
    means: "The Lease's name"
  }),
  leaseDuration: certain({
    group: "Leadership",
    kind: Kind.duration(2 * second, 60 * minute),
    otherwise: 30 * second,
    file: "leadership.leaseDuration",
    means: "How long others leave the lease alone that was not renewed; whole seconds"
  }),
  renewDeadline: certain({
    group: "Leadership",
    kind: Kind.duration(second),
    otherwise: 15 * second,
    file: "leadership.renewDeadline",
    means: "How long the leader goes on without a renewal; less than the lease duration"
  }),
  retryPeriod: certain({
    group: "Leadership",
    kind: Kind.duration(100),
    otherwise: 5 * second,
    file: "leadership.retryPeriod",
    means: "How often the lease is renewed or asked for; less than the renew deadline"
  })
}

export const webhooks = {
  webhookAddress: certain({
    group: "Webhooks",
    kind: Kind.address,
    otherwise: { host: "0.0.0.0", port: 9443 },
    file: "webhooks.address",
    means: "Where the admission webhooks are served over HTTPS, on every replica; off leaves them to others"
  }),
  webhookCertDir: possible({
    group: "Webhooks",
    kind: Kind.text("directory"),
    file: "webhooks.certDir",
    otherwiseText: "certificates of an authority of its own, kept in a Secret and written into the webhook configurations",
    means: "tls.crt and tls.key of the webhooks, read again when they change"
  }),
  webhookNamespace: certain({
    group: "Webhooks",
    kind: Kind.objectName,
    otherwise: "kube-system",
    file: "webhooks.namespace",
    alsoFrom: ["POD_NAMESPACE"],
    means: "Namespace of the webhooks' Service and Secret"
  }),
  webhookService: certain({
    group: "Webhooks",
    kind: Kind.objectName,
    otherwise: "vpc-resource-webhook",
    file: "webhooks.service",
    means: "The Service by which the API server calls; the certificate is for its name"
  }),
  webhookSecret: certain({
    group: "Webhooks",
    kind: Kind.objectName,
    otherwise: "vpc-resource-webhook-tls",
    file: "webhooks.secret",
    means: "The Secret of the authority and certificate"
  }),
  webhookDnsNames: certain({
    group: "Webhooks",
    kind: Kind.list("name,…", "DNS names or IP addresses", (name) => /^[A-Za-z0-9.:*-]+$/.test(name)),
    otherwise: [],
    file: "webhooks.dnsNames",
    otherwiseText: "none",
    means: "More names that the certificate is for"
  })
}
