#include "adapters/storage/file_system.h"

namespace vivarium {

const char* io_error_name(IoError error) {
  switch (error) {
    case IoError::kNotFound:
      return "no such file or directory";
    case IoError::kExists:
      return "file exists";
    case IoError::kNoSpace:
      return "no space left on the device";
    case IoError::kIo:
      return "input/output error";
    case IoError::kAccess:
      return "permission denied";
    case IoError::kPowerLost:
      return "power lost";
    case IoError::kOther:
      return "unexpected error";
  }
  KUNREACHABLE();
}

}  // namespace vivarium
