#include "kernel/zab/vote.h"

namespace vivarium {

bool is_better(const Vote& a, const Vote& b, const Quorum& quorum) {
  if (quorum.weight(a.leader) == 0) return false;
  if (a.peer_epoch != b.peer_epoch) return a.peer_epoch > b.peer_epoch;
  if (a.zxid != b.zxid) return a.zxid > b.zxid;
  return a.leader > b.leader;
}

}  // namespace vivarium
