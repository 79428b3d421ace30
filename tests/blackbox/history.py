"""What clients saw, as a list of events with times of one monotonic clock, for the checker. Threads append; nothing is ever changed.

Every operation has `start` (before it was sent) and `end` (after its reply was read), the session `sid` it ran on, and an outcome:
"ok", "fail" (the server said no: it never takes effect), "maybe" (the connection was lost or nobody answered: either, for ever).

  session   sid timeout            a session was opened
  gone      sid how time           it ended: "closed" (acknowledged), "expired" (the server said so), "left" (no word was sent)
  write     sid key value outcome version   version is what the reply said, when ok. One writer a key, values grow
  chain     first then             value n of `first` is always sent before value n of `then`, on one connection
  read      sid key value version  value None when only the version was of interest
  sequence  sid parent id name outcome      a sequential node was created for `id`
  ephemeral sid path outcome
  delete    sid path outcome
  listing   sid parent names       children of `parent`
  hold      sid lock token until   the lock was held from `end` (the acknowledged reading that gave it) to `until` at least, the start of
                                   the last write that succeeded under it
  fenced    sid lock token outcome version  a write to the register that the lock protects
  seen      sid lock token version a read of that register
  arm       id sid key version     a one-shot watch was left with the reading of `version`
  fire      id time                its event came;  unarm id time: the client library dropped it with the connection
  strange   sid error              an answer that no client may ever get here
  final     member tree live       the whole tree of a member after healing; `live` are the sessions that are open
"""
import json
import time

now = time.monotonic


class History:
    def __init__(self):
        self.events = []

    def add(self, kind, **fields):
        fields["type"] = kind
        self.events.append(fields)
        return fields

    def of(self, *kinds):
        return [e for e in self.events if e["type"] in kinds]

    def save(self, path):
        with open(path, "w") as f:
            for event in self.events:
                if event["type"] == "final":
                    event = dict(event, tree={p: [repr(d), s] for p, (d, _, s) in event["tree"].items()}, live=sorted(event["live"]))
                f.write(json.dumps(event, default=repr) + "\n")
