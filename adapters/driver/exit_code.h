// Exit codes of a server, Apache's numbers (features.md section 7).
#pragma once

namespace vivarium {

enum class ExitCode : int {
  kFinished = 0,
  kUnexpected = 1,
  kInvalidInvocation = 2,  // bad arguments or configuration, or data that cannot be loaded
  kDataDirectory = 3,
  kStorageFailed = 10,  // given by the kernel when the log cannot be written
  kCannotBindPeerPort = 14,
};

}  // namespace vivarium
