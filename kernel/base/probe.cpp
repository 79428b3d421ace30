#include "kernel/base/probe.h"

namespace vivarium {

const char* probe_name(Probe probe) {
  static constexpr std::array<const char*, kProbes> kNames = {"diff",
                                                              "trunc",
                                                              "snap",
                                                              "diff-from-log",
                                                              "log-was-no-use",
                                                              "learner-cuts",
                                                              "learner-installs",
                                                              "sync-abandoned",
                                                              "tail-applied",
                                                              "guest-repaired",
                                                              "history-lost",
                                                              "later-promise",
                                                              "deposed-with-writes",
                                                              "quorum-lost",
                                                              "ahead-of-leader",
                                                              "early-learner",
                                                              "held-commit",
                                                              "late-acks",
                                                              "session-moved",
                                                              "revalidated",
                                                              "sync-forwarded",
                                                              "barrier",
                                                              "inform",
                                                              "forwarding-full",
                                                              "packet-refused"};
  return kNames[static_cast<std::size_t>(probe)];
}

}  // namespace vivarium
